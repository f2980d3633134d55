"""What cannot be read is counted and located, never raised and never passed over."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from checker.engine.scans import scan_artefacts
from checker.model.supplier import Limits
from tests.scans.samples import JOBS, SALT, bundle, ndjson, nhs, patient, population, scanned, zipped

ONE = json.dumps(patient("a", nhs())).encode()
EVERY = ndjson(population())
SMALL = Limits(max_resource_bytes=2000)


def result(path: Path, data: bytes | None = None, limits: Limits | None = None) -> tuple[int, list[str], str]:
    """Resources read; all unreadable places; the problem."""
    if data is not None:
        path.write_bytes(data)
    source, run = scanned(path, limits)
    total = source.unreadable.count + run.unreadable
    said = [*source.unreadable.examples, *run.unreadable_examples]
    assert len(said) == total, "the tests here stay below the number of examples kept"
    return run.resources, said, source.problem


LINES: dict[str, tuple[bytes, int, list[str]]] = {
    "invalid UTF-8": (
        ONE + b'\n{"resourceType":"Patient","id":"\xff"}\n' + ONE + b"\n",
        2,
        [f"x.ndjson@{len(ONE) + 1}: not valid UTF-8 at byte 32 from there"],
    ),
    "truncated JSON": (ONE + b"\n" + ONE[:-5] + b"\n" + ONE, 2, [f"x.ndjson@{len(ONE) + 1}: not valid JSON"]),
    "not an object": (b"[1]\n" + ONE + b'\n"text"\nnull\n', 1, [
        "x.ndjson@0: not a JSON object",
        f"x.ndjson@{4 + len(ONE) + 1}: not a JSON object",
        f"x.ndjson@{4 + len(ONE) + 8}: not a JSON object",
    ]),
    "no type": (b'{"id": "a"}\n{"resourceType": 7}\n' + ONE, 1, [
        "x.ndjson@0: not a FHIR resource: it has no resourceType",
        "x.ndjson@12: not a FHIR resource: it has no resourceType",
    ]),
    "deep": (ONE + b'\n{"resourceType":"Basic","a":' + b"[" * 201 + b"]" * 201 + b"}\n", 1, [
        f"x.ndjson@{len(ONE) + 1}: nested deeper than 200 levels"
    ]),
    "very deep": (b'{"a":' * 100_000 + b"\n" + ONE, 1, ["x.ndjson@0: nested deeper than 200 levels"]),
    "two in a line": (ONE + ONE + b"\n", 0, ["x.ndjson@0: not valid JSON"]),
    "a lone CR ends no line": (ONE + b"\r" + ONE, 0, ["x.ndjson@0: not valid JSON"]),
    "UTF-16": ((ONE + b"\n").decode().encode("utf-16"), 0, ["x.ndjson@0: the text is UTF-16; FHIR JSON is UTF-8"]),
    "broken entries": (b'{"resourceType":"Bundle","entry":[1,{"resource":null},{"request":{}},{}]}\n' + ONE, 1, [
        "x.ndjson@0: a Bundle entry without resource, request or response",
        "x.ndjson@0: a Bundle entry is not a JSON object",
        "x.ndjson@0: not a JSON object",
    ]),
    "entry is no list": (b'{"resourceType":"Bundle","entry":{}}\n', 0, ["x.ndjson@0: Bundle.entry is not a list"]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(LINES))
def test_lines(tmp_path: Path, name: str) -> None:
    data, resources, expected = LINES[name]
    if name == "UTF-16":
        data = b"\xff\xfe" + data.removeprefix(b"\xff\xfe")
    assert result(tmp_path / "x.ndjson", data) == (resources, sorted(expected), "")


def test_as_deep_as_allowed_is_read(tmp_path: Path) -> None:
    data = b'{"resourceType":"Basic","a":' + b"[" * 199 + b"]" * 199 + b',"b":"' + b"{" * 300 + b'"}'
    assert result(tmp_path / "x.ndjson", data) == (1, [], "")


def test_a_long_line_is_passed_over(tmp_path: Path) -> None:
    long = b'{"resourceType":"Basic","x":"' + b"x" * 2000 + b'"}'
    data = ONE + b"\n" + long + b"\n" + ONE + b"\n" + long
    second = len(ONE) + 1
    fourth = second + len(long) + 1 + len(ONE) + 1
    expected = [f"x.ndjson@{at}: a line longer than 2000 bytes" for at in (second, fourth)]
    assert result(tmp_path / "x.ndjson", data, SMALL) == (2, sorted(expected), "")


@pytest.mark.parametrize("name", ["x.ndjson", "x.json"])
def test_a_byte_order_mark_is_noted_and_the_rest_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + ONE + b"\n")
    source, run = scanned(tmp_path / name)
    assert (run.resources, source.unreadable.count) == (1, 0)
    assert source.noted.examples == (f"{name}@0: starts with a byte order mark, which FHIR JSON does not allow",)
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + ONE[:-1])
    assert scanned(tmp_path / name)[0].unreadable.examples + scanned(tmp_path / name)[1].unreadable_examples in (
        (f"{name}@3: the JSON text ends too early",),
        (f"{name}@3: not valid JSON",),
    )


def entry_offset(text: bytes, number: int) -> int:
    """Where the entry of that number begins."""
    at = -1
    for _ in range(number + 1):
        at = text.index(b'{"fullUrl"', at + 1)
    return at


def test_documents(tmp_path: Path) -> None:
    whole = bundle(population())
    third = entry_offset(whole, 2)
    path = tmp_path / "x.json"
    early = "the JSON text ends too early"
    assert result(path, whole[: third + 40]) == (2, [f"x.json@{third}: {early}"], "")
    assert result(path, whole[:third]) == (2, [f"x.json@{third}: {early}"], "")
    assert result(path, whole[:20]) == (0, [f"x.json@0: {early}"], "")
    assert result(path, whole[:-1]) == (6, [f"x.json@0: {early}"], "")
    assert result(path, b"  " + ONE[:-1]) == (0, [f"x.json@2: {early}"], "")
    assert result(path, b"") == (0, ["x.json@0: the file is empty"], "")
    assert result(path, b" \n ") == (0, ["x.json@3: the file is empty"], "")
    assert result(path, b"<Patient/>") == (0, ["x.json@0: XML or HTML, not JSON"], "")
    assert result(path, b"[" + ONE + b"]") == (0, ["x.json@0: not a JSON object"], "")
    assert result(path, b"}") == (0, ["x.json@0: not valid JSON"], "")
    after = "text after the end of the JSON value"
    assert result(path, whole + b"  x{}[") == (6, [f"x.json@{len(whole) + 2}: {after}"], "")
    broken = whole.replace(b'"link": [', b'"link": [}', 1).replace(b"}]}", b"}]]}", 1)
    resources, said, _ = result(path, broken)
    assert said
    assert resources <= 6


def test_entries_that_are_none(tmp_path: Path) -> None:
    head = b'{"resourceType":"Bundle","entry":['
    one = b'{"resource":' + ONE + b"}"
    none = "the entry list holds something that is not an entry"
    path = tmp_path / "x.json"
    for middle in (b",null,", b"", b",,", b", 7 ,", b' "x",'):
        assert result(path, head + one + middle + one + b"]}") == (2, [f"x.json@{len(head + one)}: {none}"], "")
    assert result(path, head + b'{"request":{}},{"fullUrl":"urn:x"}]}') == (
        0,
        [f"x.json@{len(head) + 15}: a Bundle entry without resource, request or response"],
        "",
    )
    assert result(path, head + one + b",]}") == (1, [f"x.json@{len(head + one)}: {none}"], "")
    assert result(path, head + b"null]}") == (0, [f"x.json@{len(head)}: {none}"], "")
    assert result(path, head + b"[]," + one + b"]}") == (1, [f"x.json@{len(head)}: not a JSON object"], "")
    broken = one.replace(b":", b"=", 1)
    assert result(path, head + broken + b"," + one + b"]}") == (1, [f"x.json@{len(head)}: not valid JSON"], "")
    assert result(path, head + one + b"},}") == (1, ["x.json@0: not valid JSON"], "")


def test_large_resources_are_passed_over(tmp_path: Path) -> None:
    large = {"resourceType": "Basic", "x": '"}]{[' * 1000}
    text = bundle([population()[0], large, population()[1]])
    expected = [f"x.json@{entry_offset(text, 1)}: a resource larger than 2000 bytes"]
    assert result(tmp_path / "x.json", text, SMALL) == (2, expected, "")
    expected = ["y.json@0: a resource larger than 2000 bytes"]
    assert result(tmp_path / "y.json", json.dumps(large).encode(), SMALL) == (0, expected, "")


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson.gz"
    lines = os.urandom(20_000).hex()
    first, second = patient("a", nhs()), patient("b", name=lines)
    packed = gzip.compress(ndjson([first, second, first]))
    at = len(ndjson([first]))
    assert result(path, packed[: len(packed) // 2]) == (1, [f"x.ndjson.gz@{at}: the gzip data ends too early"], "")
    end = len(ndjson([first, second, first]))
    assert result(path, packed + b"garbage") == (3, [f"x.ndjson.gz@{end}: the gzip data is damaged"], "")
    wrong_sum = packed[:-8] + b"\0\0\0\0" + packed[-4:]
    resources, said, _ = result(path, wrong_sum)
    assert len(said) == 1
    assert said[0].endswith("the gzip data is damaged")
    assert resources <= 3


def test_bombs(tmp_path: Path) -> None:
    text = ndjson([patient("a", name="x" * 500)]) * 20_000
    said = "expands to more than 200 times its size"
    for name, data in {
        "x.ndjson.gz": gzip.compress(text),
        "x.zip": zipped({"x.ndjson": text}),
        "gz.zip": zipped({"x.ndjson.gz": gzip.compress(text)}),
    }.items():
        source, run = scanned(tmp_path / name) if (tmp_path / name).write_bytes(data) else (None, None)
        assert source is not None
        assert run is not None
        assert source.unreadable.count == 0, "below the size that is always allowed"
        resources, examples, _ = result(tmp_path / name, limits=SMALL)
        assert len(examples) == 1
        assert examples[0].endswith(said)
        assert resources < 20_000


def test_zip_members(tmp_path: Path) -> None:
    packed = zipped(
        {
            "../up.json": ONE,
            "/root.json": ONE,
            "..\\up.json": ONE,
            "in.zip": zipped({"a.json": ONE}),
            "zip-in-disguise.json": zipped({"a.json": ONE}),
            "good.json": ONE,
        }
    )
    out = "the member's name leads out of the archive"
    inner = "a zip inside a zip is not read"
    resources, said, problem = result(tmp_path / "x.zip", packed)
    assert (resources, problem) == (1, "")
    slash = "..\\up.json" if os.sep == "/" else "../up.json"
    assert sorted(said) == sorted(
        [
            f"x.zip!/../up.json@0: {out}",
            f"x.zip!//root.json@0: {out}",
            f"x.zip!/{slash}@0: {out}",
            f"x.zip!/in.zip@0: {inner}",
            f"x.zip!/zip-in-disguise.json@0: {inner}",
        ]
    )


def test_zip_members_that_are_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.json")
    link.external_attr = 0o120777 << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.mkdir("folder.json")
        archive.writestr(link, "/etc/passwd")
        archive.writestr("__MACOSX/a.json", b"x")
        archive.writestr("a.txt", b"x")
    (tmp_path / "x.zip").write_bytes(written.getvalue())
    source, run = scanned(tmp_path / "x.zip")
    assert [s.path for s in source.skipped] == ["x.zip!/__MACOSX/a.json", "x.zip!/a.txt", "x.zip!/link.json"]
    assert (run.resources, source.unreadable.count) == (0, 2)
    assert source.problem == "nothing in it could be read"


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    packed = zipped({"a.ndjson": EVERY, "b.ndjson": ONE})
    damaged = ["x.zip@0: the zip archive is damaged"]
    assert result(path, packed[:-10]) == (0, damaged, "nothing in it could be read")
    assert result(path, b"no zip at all") == (0, damaged, "nothing in it could be read")
    encrypted = bytearray(packed)
    at = packed.index(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    assert result(path, bytes(encrypted)) == (1, ["x.zip!/a.ndjson@0: the member is encrypted"], "")
    method = bytearray(packed)
    method[at + 10 : at + 12] = struct.pack("<H", 99)
    resources, said, _ = result(path, bytes(method))
    assert resources == 1
    assert said == ["x.zip!/a.ndjson@0: the zip member uses a compression that cannot be read here"]
    crc = bytearray(packed)
    crc[at + 16] ^= 0xFF
    resources, said, _ = result(path, bytes(crc))
    assert [line.partition(": ")[2] for line in said] == ["the zip member is damaged or ends too early"]


def test_two_members_of_one_name(tmp_path: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.json", ONE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.json", ONE)
    expected = ["x.zip!/a.json@0: a second member of the same name"]
    assert result(tmp_path / "x.zip", written.getvalue()) == (1, expected, "")


def test_named_problems(tmp_path: Path) -> None:
    assert result(tmp_path / "missing") == (0, [], "there is no such file or folder")
    assert result(tmp_path) == (0, [], "it is empty")
    (tmp_path / "a.txt").write_text("x")
    named = "not named as FHIR (.json, .ndjson, .jsonl, .xml, each also .gz, or .zip)"
    assert result(tmp_path) == (0, [f"a.txt@0: {named}"], "nothing in it could be read")
    empty = tmp_path / "empty.ndjson"
    assert result(empty, b"") == (0, [], "")


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = tmp_path / "locked.ndjson"
    locked.write_bytes(ONE)
    (tmp_path / "open.ndjson").write_bytes(ONE)
    opened = Path.open

    def refuse(path: Path, *args: object, **named: object) -> object:
        if path.name == "locked.ndjson":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    said = ["locked.ndjson@0: cannot be read (EACCES)"]
    assert result(tmp_path) == (1, said, "")
    assert result(locked) == (0, said, "nothing in it could be read")


def test_an_artefact_with_a_problem_is_counted_in_every_state(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(ONE)
    found = scan_artefacts(
        [("main", tmp_path / "a.ndjson"), ("gone", tmp_path / "b")], JOBS, salt=SALT, limits=Limits()
    )
    assert found.problems == ("gone/@0: there is no such file or folder",)
    for state in found.states:
        assert state is not None
        assert (state.artefact, state.resources, state.unreadable) == ("main,gone", 1, 1)
        assert state.unreadable_examples == found.problems
        assert [file.path for file in state.files] == ["main/a.ndjson"]


def test_a_zip_directory_that_swallows_a_member(tmp_path: Path) -> None:
    packed = bytearray(zipped({"a.ndjson": ONE, "b.ndjson": ONE}))
    first, second = packed.index(b"PK\x01\x02"), packed.rindex(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    packed[first + 32 : first + 34] = struct.pack("<H", end - second)  # the first one's comment
    expected = ["x.zip@0: the zip archive's directory does not list all members"]
    assert result(tmp_path / "x.zip", bytes(packed)) == (1, expected, "")


@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_a_bundle_with_an_unknown_element(tmp_path: Path, name: str) -> None:
    data = b'{"resourceType":"Bundle","_type":{},"entries":[{"resource":' + ONE + b'}],"entry":[]}\n'
    unknown = "a Bundle with an element that FHIR does not define: resources may be in it"
    assert result(tmp_path / name, data) == (0, [f"{name}@0: {unknown}"], "")
