"""The profile for an endpoint as a whole, by reading alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli.compose import profile, registry
from checker.engine.plan import needs_of_check
from checker.model.need import Need
from checker.model.terms import Safety
from fixtures.supplier.serve import Served
from tests.cli.support import FAST, outcomes, site

PROFILE = "interoperability"


def test_the_healthy_supplier_is_compliant_and_nothing_fails(tmp_path: Path) -> None:
    with Served() as served:
        place = site(tmp_path, served)
        done = place.run("run", "-p", PROFILE, "--safety", "S2", *FAST, "-q", "-o", "json:report.json")
    found = outcomes(place.report())
    assert done.returncode == 0, done.stderr
    assert set(found.values()) <= {"pass", "not-applicable", "inconclusive(no-data)", "inconclusive(human)"}
    counted = {row["id"] for row in place.report()["rows"] if row["verdict"]["counts"]}
    assert {found[name] for name in counted} == {"pass", "not-applicable"}


@pytest.mark.parametrize("name", [PROFILE, "baseline", "capability-honesty", "fhir-r4-search"])
def test_no_probe_of_what_reads_only_writes(name: str) -> None:
    known = registry()
    whole = profile(name, known)
    needs = [
        need
        for row in whole.requirements
        if row.check is not None
        for need in needs_of_check(row.check, known, whole.settings)
        if isinstance(need, Need)
    ]
    assert needs
    assert max(known.probes[need.probe].safety for need in needs) <= Safety.S2
