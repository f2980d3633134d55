// Starts node-fhir-server-core with one service for each type that there are records of.
const fs = require('fs');
const path = require('path');
const { initialize } = require('@asymmetrik/node-fhir-server-core');

const profiles = {};
for (const file of fs.readdirSync(process.env.RECORDS)) {
  const type = path.basename(file, '.ndjson');
  const service = path.join(__dirname, `service_${type}.js`);
  fs.writeFileSync(service, `module.exports = require('./service.js')('${type}');\n`);
  profiles[type.toLowerCase()] = { service, versions: ['4_0_0'] };
}
const ssl = { key: process.env.TLS_KEY, cert: process.env.TLS_CERTIFICATE };
initialize({ profiles, server: { port: Number(process.env.PORT), ssl } }).listen(Number(process.env.PORT), '127.0.0.1');
