"""The draft profile of UK Core against the export that conforms to it, and against that export with one thing changed.

In this process, and without an endpoint: the rows that look at records alone. One pass takes all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from checker.cli.compose import profile, registry
from checker.engine.judge import decide
from checker.engine.plan import bound, needs_of_check
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.model.need import ScanNeed
from checker.model.requirement import Requirement
from checker.model.scan import Locator
from checker.model.supplier import Limits, Supplier
from checker.model.verdict import Verdict
from checker.probes.source import Chunk
from fixtures.supplier import edits
from fixtures.supplier.export import export
from fixtures.supplier.scenario import UK_CORE, Scenario, files, load

PROFILE = "uk-core-stu3-draft"
Files = Mapping[str, Iterable[bytes]]


@cache
def rows(of: str = PROFILE) -> tuple[tuple[Requirement, ScanJob], ...]:
    """The rows of a profile that a scan decides, each with its job."""
    known = registry()
    found = profile(of, known)
    made = []
    for row in found.requirements:
        if row.check is None or row.check.check not in known.scans:
            continue
        (need, *_) = needs_of_check(row.check, known, found.settings)
        assert isinstance(need, ScanNeed)
        job = ScanJob(scan=known.scans[need.scan], params=bound(need, known, Supplier(name="Test")).params)
        made.append((row, job))
    return tuple(made)


def verdicts(files: Files, of: str = PROFILE) -> dict[str, Verdict]:
    """Requirement → its verdict on these lines of NDJSON."""
    run = run_scans([job for _, job in rows(of)], _chunks(files), salt=b"a salt", limits=Limits())
    assert run.unreadable == 0
    made = {}
    for (row, job), outcome in zip(rows(of), run.outcomes, strict=True):
        assert outcome.error == "", outcome.error
        made[row.id] = decide(row, list(finish_scan(job.scan, job.params, [outcome.state])), [])
    return made


def conforming() -> dict[str, Verdict]:
    """The verdicts on the export as it lies in the folder."""
    return verdicts(_lines(Scenario(name="", kind="", requirements=(), title="")))


def changed(scenario: Scenario) -> dict[str, Verdict]:
    """The verdicts on what a scenario makes of the export: its edits, or the switches of the supplier's own export."""
    return verdicts(_lines(scenario))


def _lines(scenario: Scenario) -> Files:
    if "export" in scenario.changes:
        found = export(switches=scenario.export)
        return {name: text.splitlines() for name, text in found.items() if name.endswith(".ndjson")}
    return {name: [edits.line(one) for one in found] for name, found in edits.edited(scenario.uk_core).items()}


def _chunks(files: Files) -> Iterable[Chunk]:
    for name, lines in files.items():
        offset = 0
        for line in lines:
            yield Chunk(locator=Locator(path=name, offset=offset), data=line)
            offset += len(line) + 1


def scenarios() -> list[Scenario]:
    """The faults and decoys of this profile that change records."""
    every = [load(path) for kind in ("fault", "decoy") for path in files(kind, UK_CORE)]
    return [one for one in every if "supplier" not in one.changes]


def problems(scenario: Scenario, found: Mapping[str, Verdict], before: Mapping[str, Verdict]) -> list[str]:
    """What is not as the file of the scenario says. Empty: all is explained."""
    other = {name for name, verdict in found.items() if verdict.outcome != before[name].outcome}
    explained = set(scenario.also)
    said = []
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        explained.add(caught_by)
        if found[caught_by].outcome != "fail" or before[caught_by].outcome == "fail":
            said.append(f"{caught_by} does not catch it")
    else:
        said += [f"{name} fails" for name in other if found[name].outcome == "fail"]
    said += [f"{name} became {found[name].outcome}" for name in sorted(other - explained)]
    said += [f"{name} is explained and did not change" for name in sorted(set(scenario.also) - other)]
    return said
