// The records of one type in memory: read, versions, history, and search by a few parameters.
const fs = require('fs');
const path = require('path');
const schema = (type) => require(`@asymmetrik/node-fhir-server-core/dist/server/resources/4_0_0/schemas/${type.toLowerCase()}.js`);

const has = (value, wanted) => wanted.split(',').some((one) => value === one);
const token = (list, wanted) => wanted.split(',').some((one) => {
  const [system, code] = one.includes('|') ? one.split('|') : [null, one];
  return list.some((each) => each && each.value === code && (system === null || each.system === system));
});
const starts = (list, wanted) => wanted.toLowerCase().split(',').some((one) => list.some((each) => each && each.toLowerCase().startsWith(one)));
const patientOf = (row) => ((row.subject || row.patient || {}).reference || '').replace(/^Patient\//, '');

const MATCH = {
  _id: (row, wanted) => has(row.id, wanted),
  identifier: (row, wanted) => token(row.identifier || [], wanted),
  family: (row, wanted) => starts((row.name || []).map((name) => name.family), wanted),
  gender: (row, wanted) => has(row.gender, wanted),
  birthdate: (row, wanted) => has(row.birthDate, wanted),
  patient: (row, wanted) => has(patientOf(row), wanted.replace(/Patient\//g, '')),
};

module.exports = (type) => {
  const base = process.env.BASE_URL;
  const made = (row) => new (schema(type))(row);
  const bundle = (content) => new (schema('bundle'))(content);
  const read = fs.readFileSync(path.join(process.env.RECORDS, `${type}.ndjson`), 'utf8');
  const rows = read.trim().split('\n').map((line) => JSON.parse(line));
  const stamped = (row, versionId) => ({ ...row, meta: { ...row.meta, versionId, lastUpdated: '2026-03-01T09:00:00.000Z' } });
  const store = new Map(rows.map((row, at) => [row.id, at ? [stamped(row, '1')] : [stamped(row, '1'), stamped(row, '2')]]));
  const last = (versions) => versions[versions.length - 1];
  const entry = (row) => ({ fullUrl: `${base}/${type}/${row.id}`, resource: made(row) });

  return {
    search: async (args, context) => {
      const given = { ...context.req.query, ...context.req.body };
      const asked = Object.entries(given).filter(([name]) => MATCH[name]);
      const found = [...store.values()].map(last).filter((row) => asked.every(([name, wanted]) => MATCH[name](row, String(wanted))));
      const size = Math.max(0, parseInt(given._count, 10) || 50);
      const first = Math.max(0, parseInt(given._offset, 10) || 0);
      const page = given._count === '0' ? [] : found.slice(first, first + size);
      const url = (offset) => {
        const more = [...asked, ...('_count' in given ? [['_count', given._count]] : []), ...(offset ? [['_offset', offset]] : [])];
        return `${base}/${type}${more.length ? '?' : ''}${new URLSearchParams(more)}`;
      };
      const following = page.length && first + size < found.length ? [{ relation: 'next', url: url(first + size) }] : [];
      return bundle({
        type: 'searchset',
        total: found.length,
        link: [{ relation: 'self', url: url(first) }, ...following],
        entry: page.map((row) => ({ ...entry(row), search: { mode: 'match' } })),
      });
    },
    searchById: async (args) => (store.has(args.id) ? made(last(store.get(args.id))) : undefined),
    searchByVersionId: async (args) => {
      const row = (store.get(args.id) || []).find((each) => each.meta.versionId === args.version_id);
      return row ? made(row) : undefined;
    },
    history: async () => bundle({ type: 'history' }),
    historyById: async (args) => bundle({
      type: 'history',
      total: (store.get(args.id) || []).length,
      entry: [...(store.get(args.id) || [])].reverse().map((row) => ({
        ...entry(row),
        request: { method: 'PUT', url: `${type}/${row.id}` },
        response: { status: row.meta.versionId === '1' ? '201' : '200', lastModified: row.meta.lastUpdated },
      })),
    }),
    create: async () => ({ id: 'none' }),
    update: async () => ({ id: 'none', created: false }),
    remove: async () => ({ deleted: 0 }),
    patch: async () => ({ id: 'none' }),
  };
};
