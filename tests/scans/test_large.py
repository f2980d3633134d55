"""Large inputs, in little memory; and the export of all examples of the FHIR R4 specification."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from checker.engine.scans import scan_artefacts
from checker.model.evidence import ScanState
from checker.model.supplier import Limits
from checker.model.value import canonical
from tests.scans.samples import JOBS, SALT, nhs, patient

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "exports" / "r4-examples"
MIB = 1 << 20


def write_bundle(path: Path, size_bytes: int) -> int:
    """A Bundle of that size; how many patients there are in it."""
    filler = 'a } string ] with { brackets \\" ' * 100
    number = written = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write('{"resourceType": "Bundle", "entry": [')
        while written < size_bytes:
            resource = patient(str(number), nhs(), name=[{"text": filler}])
            written += handle.write(("," if number else "") + json.dumps({"resource": resource}))
            number += 1
        handle.write("]}")
    return number


@pytest.mark.slow
def test_a_bundle_of_50_mb_is_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    number = write_bundle(path, 50 * MIB)
    limits = Limits(spill_after_pairs=10_000)
    tracemalloc.start()
    try:
        found = scan_artefacts([("large", path)], JOBS[:1], salt=SALT, limits=limits, spill_dir=tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (state,) = found.states
    assert state is not None
    assert (state.resources, state.unreadable, state.state["counts"]["examined"]) == (number, 0, number)
    assert peak < 12 * MIB


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_every_example_of_the_specification_is_read() -> None:
    lines = {path.name: path.read_bytes().count(b"\n") for path in EXAMPLES.glob("*.ndjson")}
    found = scan_artefacts([("r4", EXAMPLES)], JOBS, salt=SALT, limits=Limits())
    assert found.errors == ("", "")
    for state in found.states:
        assert isinstance(state, ScanState)
        assert [file.path for file in state.files] == [f"r4/{name}" for name in sorted(lines)]
        assert state.unreadable == 0
        # The lines of Bundle.ndjson are containers: what counts is in them.
        assert state.resources >= sum(lines.values()) - lines["Bundle.ndjson"]
    unique = found.states[1]
    assert unique is not None
    assert unique.state["examined"] > 10
    assert [skipped.path for skipped in found.skipped] == ["r4/manifest.json"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_the_spill_does_not_show_in_the_evidence(tmp_path: Path) -> None:
    few = scan_artefacts([("r4", EXAMPLES)], JOBS, salt=SALT, limits=Limits(spill_after_pairs=2), spill_dir=tmp_path)
    many = scan_artefacts([("r4", EXAMPLES)], JOBS, salt=b"other", limits=Limits())
    assert canonical(few.states) == canonical(many.states)
    assert list(tmp_path.iterdir()) == []
