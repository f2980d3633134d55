"""A scan that a probe asks for says the same whichever engine reads the artefact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from checker.checks.attachments import ATTACHMENTS
from checker.checks.original_identifiers import NO_ORIGINAL_IDENTIFIERS
from checker.checks.pseudonyms import SidedParams
from checker.checks.reconcile import RECONCILE
from checker.cli import compose
from checker.engine.artefact_scans import ArtefactScans
from checker.engine.scan_results import scan_plan
from checker.engine.scans.partial import Partial
from checker.engine.scans.pool import Pool
from checker.engine.scans.work import Engine, Single, Work
from checker.fhir.likeness import content
from checker.model.ask import SCAN, ArtefactAsk
from checker.model.need import ScanNeed
from checker.model.supplier import ArtefactRef, Limits
from checker.model.value import canonical
from tests.bench.resources import lines
from tests.scans.samples import ndjson, population

SEED = "00112233445566778899aabbccddeeff"
EXPORT = ArtefactRef(id="export", kind="export", location="export")


class Counting:
    """An engine that says how often it was asked, and works as another does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.passes = 0

    def totals(self, work: Work) -> Partial:
        self.passes += 1
        return self.engine.totals(work)


def ask(name: str, *wanted: str) -> ArtefactAsk:
    return ArtefactAsk(artefact="export", extract=f"{SCAN}{name}", wanted=wanted)


def said(engine: Engine | None, root: Path, asked: ArtefactAsk) -> bytes:
    scans = ArtefactScans(compose.registry(), Limits(), SEED, engine)
    return canonical(scans(asked, EXPORT, root))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.ndjson").write_bytes(ndjson(population()) * 4)
    (folder / "b.ndjson").write_bytes(b"".join(lines(40)) + b"{ cut off\n")
    return tmp_path


def test_a_pool_reconciles_as_one_process_does(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.engine.scans.unit.LEAST_STRIDE_BYTES", 500)
    shown = [one for one in population() if one.get("id")]
    shown = [*shown[2:], {**shown[1], "language": "cy"}, {**shown[0], "id": "not-there"}]
    wanted = sorted(f"{one['resourceType']}/{one['id']} {content(one).text}" for one in shown)
    asked = ask(RECONCILE.id, canonical({"sample": 5}).decode(), *wanted)
    pool = Counting(Pool(2))
    assert said(Single(), export, asked) == said(pool, export, asked) == said(None, export, asked)
    assert pool.passes == 1
    assert b'"held":{"' in said(Single(), export, asked)


def test_a_pool_follows_attachments_as_one_process_does(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.engine.scans.unit.LEAST_STRIDE_BYTES", 500)
    asked = ask(ATTACHMENTS.id, canonical({"base": ""}).decode())
    assert said(Single(), export, asked) == said(Pool(2), export, asked)


def test_attachments_lie_beside_an_export_and_not_in_a_release(tmp_path: Path) -> None:
    """One pass over both: a letter in the release is something that nobody looked at."""
    for name in ("export", "release"):
        (tmp_path / name / "files").mkdir(parents=True)
        (tmp_path / name / "a.ndjson").write_bytes(ndjson(population()))
        (tmp_path / name / "files" / "letter.pdf").write_bytes(b"%PDF-1.7\n")
    artefacts: dict[str, Sequence[tuple[str, Path | str]]] = {
        name: ((name, tmp_path / name),) for name in ("export", "release")
    }
    need = ScanNeed(scan=NO_ORIGINAL_IDENTIFIERS.id, params=SidedParams(), over="release+export")
    found = scan_plan([need], compose.registry(), artefacts, salt=b"s", limits=Limits(), spill_dir=None)
    ((_, state),) = found
    assert [one.partition("@")[0] for one in state.unreadable_examples] == ["release/files/letter.pdf"]
