"""``python -m tests.interop.node``: routes, headers and statement of node-fhir-server-core, over records in memory.

What holds the records and searches them is ``node/service.js``, which is ours: the package leaves that to its user.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from tests.interop.judging import Subject
from tests.interop.options import Prepared, main
from tests.interop.people import records, write_ndjson
from tests.interop.running import installed, started

PACKAGE = "@asymmetrik/node-fhir-server-core"
VERSION = "2.2.5"
_OURS = Path(__file__).with_name("node")


def serve(given: Prepared) -> Subject:
    """Install, start with the records."""
    folder = given.folder
    (folder / "package.json").write_text(json.dumps({"name": "interop-node", "private": True}), "utf-8")
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{PACKAGE}@{VERSION}"]
    installed(folder, VERSION, install)
    for name in ("server.js", "service.js"):
        shutil.copy(_OURS / name, folder / name)
    write_ndjson(folder / "records", records())
    base_url = f"https://localhost:{given.port}/4_0_0"
    setting = {
        "PORT": str(given.port),
        "BASE_URL": base_url,
        "TLS_KEY": str(given.key),
        "TLS_CERTIFICATE": str(given.certificate),
        "RECORDS": str(folder / "records"),
    }
    environment = {**os.environ, **setting}
    given.stack.enter_context(started(["node", "server.js"], folder, f"{base_url}/metadata", 60, environment))
    return Subject("node", PACKAGE, VERSION, base_url, given.ca)


if __name__ == "__main__":
    raise SystemExit(main("node", "Judge node-fhir-server-core.", serve))
