"""``python -m tests.interop.hapi``: HAPI FHIR's JPA server, from Maven, behind TLS of ours.

Its ready-made archives (``hapi-fhir-jpaserver-starter``, ``hapi-fhir-cli-app``) are not among the packages. The server
itself is: ``hapi-fhir-jpaserver-base`` with the configuration over an in-memory database that its authors test it
with. ``hapi/JpaServer.java`` starts it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.interop.judging import Subject
from tests.interop.options import Prepared, main
from tests.interop.people import put_all, records
from tests.interop.running import LOOPBACK, free_port, installed, say, started
from tests.interop.tls_front import tls_front

VERSION = "7.4.0"
_OURS = Path(__file__).with_name("hapi")


def serve(given: Prepared) -> Subject:
    """Install, compile, start, load."""
    folder = given.folder
    for name in ("pom.xml", "JpaServer.java"):
        shutil.copy(_OURS / name, folder / name)
    fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-Dhapi.version={VERSION}", "-DoutputDirectory=lib"]
    installed(folder, VERSION, fetch, ["javac", "-nowarn", "-cp", "lib/*", "-d", "classes", "JpaServer.java"])
    base_url = f"https://localhost:{given.port}/fhir"
    behind = free_port()
    command = ["java", "-Xmx2g", "-cp", "classes:lib/*", "JpaServer", str(behind), base_url]
    given.stack.enter_context(started(command, folder, f"http://{LOOPBACK}:{behind}/fhir/metadata", 1500))
    given.stack.enter_context(tls_front(given.tls.context, given.port, behind))
    say(f"  loaded: {dict(put_all(base_url, given.ca, records()))}")
    return Subject("hapi", "HAPI FHIR JPA server", VERSION, base_url, given.ca)


if __name__ == "__main__":
    raise SystemExit(main("hapi", "Judge HAPI FHIR.", serve))
