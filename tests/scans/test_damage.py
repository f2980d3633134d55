"""Damage anywhere: nothing raises, and nothing is lost without being counted."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scans.samples import bundle, ndjson, population, scanned, text_of, zipped

EVERY = population()
WHOLE = len(EVERY)
FORMS = {
    "x.ndjson": ndjson(EVERY),
    "x.json": bundle(EVERY),
    "last.json": bundle(EVERY, type_last=True, indent=1),
    "x.ndjson.gz": gzip.compress(ndjson(EVERY), mtime=0),
    "x.zip": zipped({"a.ndjson": ndjson(EVERY[:3]), "b.json": bundle(EVERY[3:])}),
}
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_so_far(path: Path, data: bytes) -> tuple[int, int]:
    """Resources read, and places counted as unreadable or files told of as skipped."""
    path.write_bytes(data)
    source, run = scanned(path)
    assert [outcome.error for outcome in run.outcomes] == ["", ""]
    assert len(source.files) == 1
    return run.resources, source.unreadable.count + run.unreadable + len(source.skipped)


@pytest.mark.parametrize("name", sorted(FORMS))
@quick
@given(st.data())
def test_cut_anywhere(tmp_path: Path, name: str, data: st.DataObject) -> None:
    whole = FORMS[name]
    kept = whole[: data.draw(st.integers(0, len(whole) - 1))]
    resources, unreadable = read_so_far(tmp_path / name, kept)
    ends_between_lines = name.endswith("ndjson") and (
        whole[: len(kept) + 1].endswith(b"\n") or kept[-1:] in (b"", b"\n")
    )
    if name.endswith(".gz") and not kept:
        ends_between_lines = True  # an empty file is an empty export
    assert (unreadable > 0) != ends_between_lines
    assert resources <= WHOLE


@pytest.mark.parametrize("name", ["last.json", "x.json", "x.ndjson"])
@quick
@given(st.data(), st.sampled_from(list(b'{}[]",:\\ \n0a\xff\0')))
def test_one_byte_changed(tmp_path: Path, name: str, data: st.DataObject, byte: int) -> None:
    whole = bytearray(FORMS[name])
    whole[data.draw(st.integers(0, len(whole) - 1))] = byte
    resources, unreadable = read_so_far(tmp_path / name, bytes(whole))
    assert resources == WHOLE or unreadable > 0 or (name != "x.ndjson" and b'"Bundle"' not in whole)


@pytest.mark.parametrize("name", ["x.ndjson.gz", "x.zip"])
@quick
@given(st.data(), st.integers(1, 255))
def test_one_compressed_byte_changed(tmp_path: Path, name: str, data: st.DataObject, change: int) -> None:
    whole = bytearray(FORMS[name])
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= change
    resources, unreadable = read_so_far(tmp_path / name, bytes(whole))
    assert resources == WHOLE or unreadable > 0


@quick
@given(st.binary(max_size=200), st.sampled_from(["x.json", "x.ndjson", "x.gz", "x.zip"]))
def test_any_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    resources, unreadable = read_so_far(tmp_path / name, data)
    assert resources == 0
    blank = not data.removeprefix(b"\xef\xbb\xbf").strip()  # a byte order mark alone is an empty text
    assert unreadable > 0 or (blank and name.endswith(("ndjson",)))


def test_text_of_knows_every_form(tmp_path: Path) -> None:
    for name, data in FORMS.items():
        (tmp_path / name).write_bytes(data)
    assert text_of(tmp_path, "x.ndjson.gz") == text_of(tmp_path, "x.ndjson") == FORMS["x.ndjson"]
    assert text_of(tmp_path, "x.zip!/a.ndjson") == ndjson(EVERY[:3])


def test_a_zip_member_without_a_name_is_read_or_counted(tmp_path: Path) -> None:
    path, nameless = tmp_path / "x.zip", zipfile.ZipInfo("x")
    nameless.filename = ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(nameless, ndjson(EVERY))
    resources, unreadable = read_so_far(path, path.read_bytes())
    assert (resources, unreadable > 0) in ((WHOLE, False), (0, True))
