"""A small terminology server on loopback for the command as a process; what it was asked is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.probes.test_terminology import answered, parameters


class Asked:
    """The server: its base, the bodies it was sent, and how it answers. ``status`` other than 200: it does not."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.bodies: list[bytes] = []
        self.status = 200
        self.garbage = b""

    @property
    def codes(self) -> list[str]:
        """The codes of all questions, in the order in which they came."""
        return [
            one["valueCode"]
            for body in self.bodies
            for entry in json.loads(body)["entry"]
            for one in entry["resource"]["parameter"]
            if one["name"] == "code"
        ]


def _answer(entry: dict[str, Any]) -> dict[str, Any]:
    """One answer. Value sets that come with a question are not looked into."""
    if any(one["name"] == "valueSet" for one in entry["resource"]["parameter"]):
        return parameters(False, "not-found", "That value set is not known here")
    return answered(entry["request"]["url"], entry["resource"])


@contextmanager
def terminology_server() -> Iterator[Asked]:
    """Answers batches as :func:`tests.probes.test_terminology.answered` does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.bodies.append(body)
            answer = asked.garbage
            if asked.status == 200 and not answer:
                entries = [
                    {"resource": _answer(one), "response": {"status": "200 OK"}} for one in json.loads(body)["entry"]
                ]
                answer = json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()
            self.send_response(asked.status)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    asked = Asked(f"http://127.0.0.1:{server.server_address[1]}/fhir")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
