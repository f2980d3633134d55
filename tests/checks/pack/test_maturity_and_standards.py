"""What bad input does to the rows on maturity, sign-on and standards: a finding or no decision, never a traceback."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.pack.applicability import Rule, rules
from checker.probes.pack.checker_report import CheckerReport
from checker.standards_register import resolve
from fixtures.packs.build import GOOD
from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import Scenario
from tests.cli.support import outcomes
from tests.conformance.packs import report_of

_OFFICE = "PK\x03\x04 this is a spreadsheet"
_ODD: tuple[tuple[str, str, Any], ...] = (
    ("maturity/support-table.csv", "", _OFFICE),
    ("maturity/support-table.csv", "", "component,version,version,ends\na,1,1,2030-01-01\n"),
    ("maturity/support-table.csv", "", 'component,version,ends\n"a,1,2030-01-01\n'),
    ("maturity/hardware.csv", "", "id,model,count,ends\n" + "".join(f"h-{n},x,1,2031-02-30\n" for n in range(10_000))),
    ("maturity/hardware.csv", "", "id,model,count,ends\nh,x,٣,2031-02-28\n"),
    ("maturity/rollout-log.csv", "", "site,started,live\na,2025-02-29,2025-05-01\n"),
    ("maturity/acceptance-results.csv", "", ""),
    ("identity/log-on-times.csv", "", "period,shift,log-ons,seconds\n" + "before,a,NaN,1e999\n" * 6),
    ("identity/identity.yaml", "", "log-on: &a [*a]\n"),
    ("maturity/maturity.yaml", "/profile/pillars/0/domains", []),
    ("maturity/maturity.yaml", "/spend/income", "0.00"),
    ("maturity/maturity.yaml", "/spend", "three per cent"),
    ("maturity/maturity.yaml", "/milestones/0/baseline", "2026-02-30"),
    ("maturity/maturity.yaml", "/profile/pillars/1/domains/0/level", "99999999999999"),
    ("identity/identity.yaml", "/leavers/within", "P999999D"),
)
_ODD_STANDARDS: tuple[tuple[str, str, Any], ...] = (
    ("standards/report-fhir.json", "", "[" * 100_000),
    ("standards/report-fhir.json", "", "{}"),
    ("standards/report-fhir.json", "", _OFFICE),
    ("standards/report-fhir.json", "/rows", "none"),
    ("standards/report-fhir.json", "/tally/lines/0/count", 10**30),
    (
        "standards/report-fhir.json",
        "",
        (GOOD / "standards/report-fhir.json").read_text().replace('"count": 2', '"count": 1e999'),
    ),
    ("standards/report-fhir.json", "/as_of", "9999-99-99"),
    ("standards/standards.yaml", "/register/0/evidence", ["no-such-file"]),
    ("standards/standards.yaml", "/user-needs/0/participants", "0"),
    ("standards/standards.yaml", "", "register: {a: 1}\n"),
    ("pack.yaml", "/product/types", ["unheard-of"]),
)


def _outcomes(profile: str, change: tuple[str, str, Any]) -> dict[str, str]:
    place, at, value = change
    edit = Edit(resource=place, at=at, value=value)
    scenario = Scenario(name="x", kind="fault", requirements=("*",), title="x", pack=(edit,))
    return outcomes(report_of(profile, scenario))


@pytest.mark.parametrize("change", _ODD, ids=lambda one: f"{one[0]}{one[1]}"[-40:] if isinstance(one, tuple) else one)
def test_odd_input_is_no_error_in_the_rows_on_maturity(change: tuple[str, str, Any]) -> None:
    assert not [name for name, said in _outcomes("maturity", change).items() if said.startswith("error")]


@pytest.mark.parametrize("change", _ODD_STANDARDS, ids=lambda one: f"{one[0]}{one[1]}"[-40:])
def test_odd_input_is_no_error_in_the_rows_on_standards(change: tuple[str, str, Any]) -> None:
    found = _outcomes("standards-coverage", change)
    assert not [name for name, said in found.items() if said.startswith("error")]
    if change[0].endswith("report-fhir.json"):
        assert found["CV-STD-03"] == "fail"


@pytest.mark.parametrize("profile", ["maturity", "standards-coverage"])
def test_of_a_pack_with_nothing_in_it_nothing_passes(profile: str) -> None:
    edits = tuple(
        Edit(resource="pack.yaml", at=at, value=empty) for at, empty in (("/sections", {}), ("/artefacts", []))
    )
    found = outcomes(report_of(profile, Scenario(name="x", kind="fault", requirements=("*",), title="x", pack=edits)))
    assert {said.partition("(")[0] for said in found.values()} == {"inconclusive"}


def test_a_rule_applies_by_type_and_by_what_the_product_says() -> None:
    rule = Rule("x", frozenset({"epr"}), {"personal-data": "yes"})
    assert rule.applies({"types": ["epr", "ai"], "personal-data": "yes"}) is True
    assert rule.applies({"types": ["ai"], "personal-data": "yes"}) is False
    assert rule.applies({"types": ["epr"]}) is None
    assert rule.applies({"personal-data": "yes"}) is None
    assert rule.applies({"personal-data": "no"}) is False


def test_every_rule_names_a_registered_standard() -> None:
    assert [rule.standard for rule in rules() if getattr(resolve(rule.standard), "id", "") != rule.standard] == []


def test_a_report_is_read_for_what_a_claim_needs() -> None:
    reader = CheckerReport()
    reader.feed((GOOD / "standards" / "report-fhir.json").read_bytes())
    reader.end()
    found = reader.facts()
    assert found["profile"]["id"] == "fhir-r4-rest"
    assert (found["product"], found["version"], found["conclusion"]) == ("Rowan Record", "4.2.0", "compliant")
    assert found["passed"] == ["fhir-r4"]
