"""No byte of an evidence pack can be changed without that being noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.model.pack import KIND
from checker.model.supplier import Limits
from checker.probes.pack.inventory import pack_facts
from fixtures.packs.build import GOOD, build

FILES = sorted(path.relative_to(GOOD).as_posix() for path in GOOD.rglob("*") if path.is_file())


def noticed(pack: Path) -> bool:
    """Does the pack differ from the one that was signed, or not fit any more?"""
    facts = pack_facts(KIND, pack, Limits())
    signed = facts["content"].get("signed", {}).get("digest")
    changed = any(one["problem"] or one["declared"] != one["found"] for one in facts["named"])
    return bool(facts["faults"] or changed or signed != facts["digest"])


def test_the_good_pack_is_as_it_was_signed() -> None:
    assert not noticed(GOOD)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which each test puts back what it changed."""
    return build(tmp_path_factory.mktemp("bytes") / "pack")


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_noticed_at_either_end_and_in_the_middle(pack: Path, name: str) -> None:
    place = pack / name
    whole = place.read_bytes()
    half = len(whole) // 2
    try:
        for spoilt in (bytes([whole[0] ^ 1]) + whole[1:], whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]):
            place.write_bytes(spoilt)
            assert noticed(pack), name
        place.write_bytes(whole[:-2])
        assert noticed(pack), name
    finally:
        place.write_bytes(whole)


def test_bytes_all_over_the_root_count(tmp_path: Path) -> None:
    pack = build(tmp_path / "pack")
    whole = (pack / "pack.yaml").read_bytes()
    for at in range(0, len(whole) - 1, 397):  # the last one ends the last line
        spoilt = bytearray(whole)
        spoilt[at] ^= 1
        (pack / "pack.yaml").write_bytes(spoilt)
        assert noticed(pack), (at, whole[max(0, at - 20) : at + 20])
