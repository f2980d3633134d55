"""``python -m tests.interop.sekmet``: a FHIR R4 server from the Python package index, with its own TLS."""

from __future__ import annotations

import shutil
import sys

from tests.interop.judging import Subject
from tests.interop.options import Prepared, main
from tests.interop.people import put_all, records
from tests.interop.running import installed, say, started

VERSION = "0.1.1"
_SETTINGS = """host: 127.0.0.1
port: {port}
base_url: {base_url}
data_dir: ./data
tls_certfile: {certificate}
tls_keyfile: {key}
simulator:
  enabled: false
"""


def serve(given: Prepared) -> Subject:
    """Install, start, load."""
    folder = given.folder
    python = folder / "venv" / "bin" / "python"
    installed(
        folder,
        VERSION,
        [sys.executable, "-m", "venv", str(folder / "venv")],
        [str(python), "-m", "pip", "install", "--quiet", f"sekmet-fhir=={VERSION}"],
    )
    base_url = f"https://localhost:{given.port}/fhir"
    shutil.rmtree(folder / "data", ignore_errors=True)
    settings = _SETTINGS.format(port=given.port, base_url=base_url, certificate=given.certificate, key=given.key)
    (folder / "settings.yaml").write_text(settings, "utf-8")
    command = [str(folder / "venv" / "bin" / "sekmet"), "serve", "-c", "settings.yaml"]
    given.stack.enter_context(started(command, folder, f"{base_url}/metadata", 120))
    say(f"  loaded: {dict(put_all(base_url, given.ca, records()))}")
    return Subject("sekmet", "sekmet-fhir", VERSION, base_url, given.ca)


if __name__ == "__main__":
    raise SystemExit(main("sekmet", "Judge sekmet-fhir.", serve))
