"""Artefacts: digests of what was named, and ids found across the borders of chunks."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from checker.errors import CheckerFault
from checker.model.ask import ArtefactAsk, Capture
from checker.model.evidence import Artefact
from checker.model.supplier import ArtefactRef, Supplier
from checker.probes.artefact import RequestIds
from checker.probes.config import IdentityConfig, SecretRef
from tests.probes.support import Web, listening, live, reply

IDS = ("0b6ff38e-5b5c-4e4d-9d3f-0d1f6a2a7b01", "0b6ff38e-5b5c-4e4d-9d3f-0d1f6a2a7b02")


def read(location: str, root: Path, extract: str = "digest", wanted: tuple[str, ...] = ()) -> Artefact:
    async def run() -> Capture:
        supplier = Supplier(name="Test", artefacts=(ArtefactRef(id="log", kind="audit-log", location=location),))
        async with live("", root=root, supplier=supplier) as outside:
            capture = await outside.capture(ArtefactAsk(artefact="log", extract=extract, wanted=wanted))
            assert outside.requests_sent == 0
            return capture

    payload = asyncio.run(run()).payload
    assert isinstance(payload, Artefact)
    assert (payload.artefact, payload.role) == ("log", "audit-log")
    return payload


def test_a_file_has_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")
    found = read("a.log", tmp_path)
    assert [(one.path, one.size_bytes) for one in found.files] == [("a.log", 8)]
    assert found.files[0].sha256 == hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert found.facts == {}


def test_a_folder_is_read_in_the_order_of_its_paths_without_following_links(tmp_path: Path) -> None:
    folder, outside = tmp_path / "logs", tmp_path / "private"
    for path in (folder / "b" / "x.log", folder / "a.log", folder / "b.log", outside / "secret"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    try:
        (folder / "link").symlink_to(outside / "secret")
        (folder / "folder-link").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("this system allows no symbolic links")
    assert [one.path for one in read("logs", tmp_path).files] == ["a.log", "b.log", "b/x.log"]


def test_what_cannot_be_searched_as_it_stands_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text(f"GET /x {IDS[0]}\n", "utf-8")
    (folder / "c.log").write_text("ORCHESTRATION began\n", "utf-8")
    (folder / "b.log").write_bytes(gzip.compress(IDS[1].encode()))
    assert read("logs", tmp_path, "request-ids", IDS).facts["not_read"] == ["b.log is compressed, or not text"]
    try:
        (folder / "current").symlink_to(tmp_path / "elsewhere.log")
    except OSError:
        pytest.skip("this system allows no symbolic links")
    assert read("logs", tmp_path, "audit-events").facts["not_read"] == [
        "b.log is compressed, or not text",
        "current is a symbolic link",
    ]
    assert read("logs", tmp_path).facts == {}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_log_of_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    event = {"resourceType": "AuditEvent", "outcomeDesc": f"Zoë {IDS[1]}"}
    (tmp_path / "a.log").write_bytes(mark + f"{json.dumps(event, indent=1, ensure_ascii=False)}\r\n".encode(encoding))
    assert read("a.log", tmp_path, "request-ids", IDS).facts["found"] == [IDS[1]]
    assert read("a.log", tmp_path, "audit-events").facts["events"] == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "logs" / "closed").mkdir(parents=True)
    (tmp_path / "logs" / "a.log").write_text("x", "utf-8")
    for closed in (tmp_path / "logs" / "closed", tmp_path / "logs"):
        closed.chmod(0)
        assert "cannot be read" in read("logs", tmp_path).facts["problem"]
    (tmp_path / "logs").chmod(0o700)
    (tmp_path / "logs" / "closed").chmod(0o700)


def test_what_is_not_there_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert (read("gone.log", tmp_path).files, "no file" in read("gone.log", tmp_path).facts["problem"]) == ((), True)
    assert "no file" in read("empty", tmp_path).facts["problem"]
    assert str(tmp_path) not in str(read("gone.log", tmp_path).facts)
    assert read("", tmp_path).facts["problem"]


def test_request_ids_are_found_in_either_letter_case(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"GET /x {IDS[0].upper()}\nGET /y\nlast line")
    assert read("a.log", tmp_path, "request-ids", IDS).facts == {"found": [IDS[0]], "absent": [IDS[1]], "lines": 3}


def test_an_id_across_two_chunks_is_found_and_one_across_two_files_is_not() -> None:
    for cut in range(1, len(IDS[0])):
        reader = RequestIds(IDS)
        reader.feed(b"x" * 100 + IDS[0][:cut].encode())
        reader.feed(b"")
        reader.feed(IDS[0][cut:].encode() + b"\n")
        reader.feed(IDS[1][:cut].encode())
        reader.end()
        reader.feed(IDS[1][cut:].encode())
        reader.end()
        assert reader.facts() == {"found": [IDS[0]], "absent": [IDS[1]], "lines": 3}
    nothing = RequestIds(())
    nothing.feed(b"a\n")
    assert nothing.facts() == {"found": [], "absent": [], "lines": 1}


def test_unknown_readers_and_artefacts_are_faults(tmp_path: Path) -> None:
    with pytest.raises(CheckerFault, match="no reader"):
        read("a", tmp_path, "guess")

    async def run() -> None:
        async with live("http://127.0.0.1:1") as outside:
            await outside.capture(ArtefactAsk(artefact="x", extract="digest"))

    with pytest.raises(CheckerFault, match="no artefact"):
        asyncio.run(run())


def fetched(answer: bytes, path: str = "/files/a.log") -> tuple[Artefact, Web, int]:
    async def run() -> tuple[Capture, Web, int]:
        web = Web({"/files/a.log": answer})
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            refs = (ArtefactRef(id="log", kind="audit-log", location=url + path),)
            supplier = Supplier(name="Test", base_url=f"{url}/fhir", artefacts=refs)
            identity = IdentityConfig(name="default", kind="bearer", secret=SecretRef(env="T"))
            async with live(url, identity, environ={"T": "opaque-token"}, supplier=supplier) as outside:
                ask = ArtefactAsk(artefact="log", extract="request-ids", wanted=IDS)
                return await outside.capture(ask), web, outside.requests_sent

    capture, web, sent = asyncio.run(run())
    assert isinstance(capture.payload, Artefact)
    assert capture.blobs == {}
    return capture.payload, web, sent


def test_an_artefact_at_a_url_is_fetched_through_the_ledger() -> None:
    found, web, sent = fetched(reply(IDS[1].encode()))
    assert [(one.path, one.size_bytes) for one in found.files] == [("a.log", 36)]
    assert found.facts == {"found": [IDS[1]], "absent": [IDS[0]], "lines": 1}
    assert (web.seen[0].headers["authorization"], web.seen[0].headers["accept"], sent) == (
        "Bearer opaque-token",
        "*/*",
        1,
    )


def test_an_artefact_that_cannot_be_fetched_is_a_problem() -> None:
    found, _, _ = fetched(reply(b"", status="404 Not Found"))
    assert (found.files, found.facts) == ((), {"problem": "its URL answered with status 404"})
    assert fetched(b"junk\r\n\r\n")[0].facts["problem"]
