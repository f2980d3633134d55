"""The report of a hostile supplier in a real browser: no script runs, and nothing is asked of anybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.browser.conftest import Open, browser, open_page  # noqa: F401 - fixtures
from tests.cli.support import FAST, odd_server, run, send, supplier_text
from tests.hostile.test_suppliers import STATEMENT

ATTACKS = (
    "<script>window.owned=1</script>",
    "\"'><img src=x onerror=window.owned=1>",
    "</style></title></textarea><svg onload=window.owned=1>",
    "<a href=javascript:window.owned=1 id=own>click</a>",
    "{{ 7 * 7 }}${7*7}<!--",
    "]]><iframe srcdoc='<script>parent.owned=1</script>'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
)


def test_no_script_of_a_supplier_runs(tmp_path: Path, open_page: Open) -> None:  # noqa: F811
    turn = [0]

    def nasty() -> str:
        turn[0] += 1
        return ATTACKS[turn[0] % len(ATTACKS)] + " ".join(ATTACKS)

    def answer(handler: Any) -> None:
        issue = {"severity": nasty(), "code": nasty(), "diagnostics": nasty(), "details": {"text": nasty()}}
        said: dict[str, Any] = {"resourceType": nasty(), "id": nasty(), "issue": [issue], "type": nasty()}
        said["entry"] = [
            {"fullUrl": nasty(), "resource": {"resourceType": "Patient", "id": nasty(), "gender": nasty()}}
        ]
        said["link"] = [{"relation": nasty(), "url": nasty()}]
        if handler.path.endswith("/metadata"):
            resource = {"type": nasty(), "profile": nasty(), "searchParam": [{"name": nasty(), "type": nasty()}]}
            said |= {**STATEMENT, "fhirVersion": nasty(), "rest": [{"mode": "server", "resource": [resource]}]}
            said |= {"software": {"name": nasty(), "version": nasty()}, "implementation": {"description": nasty()}}
        headers = {name: nasty() for name in ("Server", "ETag", "Location", "WWW-Authenticate")}
        send(handler, json.dumps(said).encode(), headers=headers, content_type=f"application/fhir+json; x={nasty()}")

    with odd_server(tmp_path, answer) as odd:
        (tmp_path / "supplier.toml").write_text(supplier_text(odd.base_url, ca=odd.ca), "utf-8")
        given = ("-q", "--max-requests", "60", "-p", "fhir-r4-rest", "-o", "html:report.html")
        done = run("run", *FAST, *given, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    written = (tmp_path / "report.html").read_bytes()
    assert b"window.owned" in written  # it is quoted
    page = open_page(written)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_timeout(300)
    assert page.evaluate("window.owned") is None
    assert asked == [page.url]
    assert page.evaluate("document.querySelectorAll('script,iframe,img,object,embed,base,#own').length") == 0
    refused = "document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]').content"
    assert "default-src 'none'" in page.evaluate(refused)
