"""``checker pack axe`` against pages on loopback: a good one, one with faults, and those that cannot be looked at."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from checker.probes.browser import addresses, program
from checker.probes.pack.axe import AxeResults
from checker.probes.pack.web_page import WebPage
from tests.browser.conftest import chromium
from tests.cli.in_process import here

GOOD = (
    '<!doctype html><html lang="en-GB"><head><title>Good</title></head><body><main><h1>Good</h1></main></body></html>'
)
BAD = (
    '<!doctype html><html><head><title>Bad</title><script src="http://elsewhere.invalid/x.js"></script></head>'
    '<body><main><h1>Bad</h1><img src="x.png"><input name="q"><p style="color:#aaa;background:#fff">Secret word</p>'
    "</main></body></html>"
)
NO_SANDBOX = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
"""Chromium refuses to run as root in its sandbox; the pages are our own."""


class Pages(BaseHTTPRequestHandler):
    """Two pages, and one that leads elsewhere."""

    def do_GET(self) -> None:
        found = {"/good": GOOD, "/bad": BAD}.get(self.path)
        if self.path == "/away":
            self.send_response(302)
            port = str(self.headers["Host"]).rpartition(":")[2]
            self.send_header("Location", f"http://localhost:{port}/good")
            self.end_headers()
            return
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((found or "<p>none</p>").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    if chromium() is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium")
    pytest.importorskip("playwright")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def facts(reader: Any, path: Path) -> dict[str, Any]:
    reader.feed(path.read_bytes())
    reader.end()
    found: dict[str, Any] = reader.facts()
    return found


def test_a_good_page_and_one_with_faults(site: str, tmp_path: Path) -> None:
    asked = [f"{site}/good", f"{site}/bad", "--out", "axe.json", "--pages", "pages", *NO_SANDBOX]
    done = here("pack", "axe", *asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kind: axe-results, sha256:" in done.stderr
    assert "requests to other hosts refused" in done.stderr
    text = (tmp_path / "axe.json").read_text("utf-8")
    assert "Secret word" not in text
    assert json.loads(text)["tool"]["name"] == "nhs-standards-checker"
    found = facts(AxeResults(), tmp_path / "axe.json")
    assert found["unread"] == ""
    by = {(one["url"].rpartition("/")[2], one["scheme"]): one for one in found["pages"]}
    assert by.keys() == {("good", "light"), ("good", "dark"), ("bad", "light"), ("bad", "dark")}
    for one in by.values():
        assert {"wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"} <= set(one["tags"])
        assert one["engine"].startswith("4.")
    assert not by["good", "light"]["violations"]
    rules = {one["id"]: one["impact"] for one in by["bad", "light"]["violations"]}
    assert rules == {
        "color-contrast": "serious",
        "html-has-lang": "serious",
        "image-alt": "critical",
        "label": "critical",
    }
    assert facts(WebPage(), tmp_path / "pages" / "page-1.html")["fields_count"] == 1
    assert facts(WebPage(), tmp_path / "pages" / "page-2.html")["lang"] == "en-GB"


@pytest.mark.parametrize(("path", "said"), [("/none", "it answers 404"), ("/away", "it leads to another host")])
def test_what_cannot_be_looked_at_is_said_and_nothing_is_written(
    site: str, tmp_path: Path, path: str, said: str
) -> None:
    done = here("pack", "axe", f"{site}{path}", "--out", "axe.json", *NO_SANDBOX, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "axe.json").exists()


def test_nobody_there(site: str, tmp_path: Path) -> None:
    done = here("pack", "axe", "http://127.0.0.1:9/", "--out", "axe.json", *NO_SANDBOX, cwd=tmp_path)
    assert done.returncode == 2
    assert "could not be looked at" in done.stderr


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://a.example/", "a.example", "http://u:p@a.example/", ""]
)
def test_only_pages_of_the_web_without_credentials(tmp_path: Path, address: str) -> None:
    done = here("pack", "axe", address, "--out", "axe.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "next:" in done.stderr


def test_without_a_browser_it_says_what_to_install(tmp_path: Path) -> None:
    done = here("pack", "axe", "http://a.example/", "--out", "axe.json", "--browser", "no-such-browser", cwd=tmp_path)
    assert done.returncode == 2
    assert "nhs-standards-checker[browser]" in done.stderr


def test_addresses_and_programs() -> None:
    assert addresses(["https://a.example/x"]) == ("https://a.example/x",)
    assert program("sh").endswith("sh")
