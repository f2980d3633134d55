"""Server logs, pages, errors and caches: what the checks say of what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from checker.checks.test_contacts import CONTACTS_RESERVED, TestContactParams
from checker.checks.test_data import NUMBERS_OF_PEOPLE, SyntheticParams
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.model.ask import ArtefactAsk
from checker.model.evidence import Artefact
from checker.model.scan import Scan
from checker.model.supplier import ArtefactRef, Authority, Limits, Supplier
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Finding, Verdict
from checker.probes.personal_data import PersonalData
from tests.checks.bench import instead, is_kind, read_of, said, when
from tests.engine.scripted import JSON_HEADERS, SUPPLIER, Scripted, nhs_number, outcome
from tests.scans.samples import GOOD, SALT, chunks_of, nhs

LOGGING = msgspec.structs.replace(
    SUPPLIER, artefacts=(*SUPPLIER.artefacts, ArtefactRef(id="logs", kind="server-log", location="logs"))
)
GROUPED = "999 000 0018"


def logged(check: str, *files: bytes, supplier: Supplier = LOGGING, **more: Any) -> Verdict:
    """The verdict of a check on these logs."""
    reader = PersonalData()
    for file in files:
        reader.feed(file)
        reader.end()
    facts = {**reader.facts(), **more}
    outside = Scripted()
    usual = outside._log

    def log(ask: ArtefactAsk) -> Artefact:
        if ask.extract != "personal-data":
            return usual(ask)
        return Artefact(artefact=ask.artefact, role="server-log", files=(), facts=facts)

    outside._log = log  # type: ignore[method-assign]
    return said(check, outside, supplier=supplier)


def test_a_clean_log_passes_and_a_number_fails() -> None:
    assert logged("logs.no-personal-data", b"started\nended\n").outcome is Outcome.PASS
    verdict = logged("logs.no-personal-data", f"started\nNHS number {GROUPED}\n".encode())
    assert verdict.outcome is Outcome.FAIL
    (finding,) = verdict.findings
    assert (finding.place, finding.count) == ("logs file 1, line 2", 1)
    assert GROUPED not in str(verdict)


@pytest.mark.parametrize("more", [{"not_read": ["a is cut off"]}, {"unread": 1}, {"problem": "there is no file"}])
def test_what_was_not_read_leaves_the_log_open(more: dict[str, Any]) -> None:
    verdict = logged("logs.no-personal-data", b"started\n", **more)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_without_logs_and_with_an_empty_one_nothing_is_decided() -> None:
    assert said("logs.no-personal-data").outcome is Outcome.INCONCLUSIVE
    assert logged("logs.no-personal-data").outcome is Outcome.INCONCLUSIVE


def test_numbers_without_label_are_weighed() -> None:
    right = nhs_number(3)
    many = b"".join(f"id 99900{n:05}\n".encode() for n in range(400, 440))
    assert logged("logs.no-personal-data", f"id {right}\n".encode()).outcome is Outcome.FAIL
    verdict = logged("logs.no-personal-data", many)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.HUMAN)


def har(*urls: str) -> bytes:
    entries = [{"request": {"url": url}, "response": {}} for url in urls]
    return msgspec.json.encode({"log": {"entries": entries}})


def test_a_page_that_asks_for_a_number_fails_the_row_on_urls() -> None:
    assert logged("url.no-nhs-number", har("https://fhir.test/app")).outcome is Outcome.PASS
    assert logged("url.no-nhs-number", har("https://fhir.test/p?nhsNumber=9990000018")).outcome is Outcome.FAIL
    assert (
        logged("logs.no-personal-data", b"ok\n", har("https://x.test/p?nhsNumber=9990000018")).outcome is Outcome.PASS
    )


def test_pages_may_ask_declared_hosts_only() -> None:
    own = har("https://fhir.test/app", "https://cdn.fhir.test/a.js")
    assert logged("front-end.known-hosts", own).outcome is Outcome.PASS
    verdict = logged("front-end.known-hosts", own, har("https://notfhir.test/hit"))
    assert [finding.actual for finding in verdict.findings] == ["notfhir.test"]
    declared = msgspec.structs.replace(LOGGING, authority=Authority(hosts=("NotFHIR.test",)))
    assert logged("front-end.known-hosts", har("https://notfhir.test/hit"), supplier=declared).outcome is Outcome.PASS
    assert logged("front-end.known-hosts", b"started\n").outcome is Outcome.INCONCLUSIVE


def error(diagnostics: str) -> Scripted:
    """A read that is answered with an error which says that."""
    reply = outcome(404)
    body = reply.body.replace(b'"code":', b'"diagnostics":' + msgspec.json.encode(diagnostics) + b',"code":')
    assert body != reply.body
    return instead(read_of("p2"), replace(reply, body=body))


@pytest.mark.parametrize(
    "diagnostics",
    [
        f"Duplicate of {nhs_number(1)}.",
        f"NHS number {GROUPED} is taken.",
        "Clashes with a record born on 5 April 1979.",
    ],
)
def test_an_error_with_somebodys_data_fails(diagnostics: str) -> None:
    verdict = said("errors.no-patient-data", error(diagnostics))
    assert verdict.outcome is Outcome.FAIL
    assert GROUPED not in str(verdict)
    assert nhs_number(1) not in str(verdict)


@pytest.mark.parametrize(
    "diagnostics",
    [
        "No such patient.",
        "Patient/p2 was not found (request 1772517607, order no. 9990000018, version 4.0.1).",
        f"{nhs_number(30)} was not found.",
        "A value of birthdate is a date, as 1979-04-05.",
    ],
)
def test_an_error_that_names_nobody_passes(diagnostics: str) -> None:
    assert said("errors.no-patient-data", error(diagnostics)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no-store", Outcome.PASS),
        ("private, max-age=60", Outcome.PASS),
        ("no-cache, no-store, must-revalidate", Outcome.PASS),
        ("public, max-age=3600", Outcome.FAIL),
        ("max-age=600", Outcome.FAIL),
        ("", Outcome.FAIL),
    ],
)
def test_a_shared_cache_may_keep_no_record(value: str, expected: Outcome) -> None:
    headers = tuple(pair for pair in JSON_HEADERS if pair[0] != "Cache-Control")
    marked = (*headers, ("Cache-Control", value)) if value else headers
    assert said("headers.not-shared", when(is_kind("read"), headers=marked)).outcome is expected


def findings(scan: Scan[Any, Any], params: Any, *resources: dict[str, Any]) -> list[Finding]:
    run = run_scans([ScanJob(scan=scan, params=params)], chunks_of(list(resources)), salt=SALT, limits=Limits())
    return [one for one in finish_scan(scan, params, [run.outcomes[0].state]) if isinstance(one, Finding)]


def test_a_live_system_holds_no_test_patients_but_declared_ones() -> None:
    held = {"resourceType": "Patient", "id": "p", "identifier": [nhs(GOOD)]}
    assert [one.count for one in findings(NUMBERS_OF_PEOPLE, SyntheticParams(), held)] == [1]
    declared = Supplier(name="x", authority=Authority(test_number_ranges=(("999 000 0000", "999 000 9999"),)))
    assert findings(NUMBERS_OF_PEOPLE, NUMBERS_OF_PEOPLE.bound(SyntheticParams(), declared), held) == []


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("07700 900123", True),
        ("+44 (0)1632 960001", True),
        ("020 7946 0018", True),
        ("ann@example.org", True),
        ("ann@mail.supplier.test", True),
        ("+1 555 0100", True),
        ("ward 7", True),
        ("07700 901123", False),
        ("01632 961001", False),
        ("ann@supplier.co.uk", False),
    ],
)
def test_contact_details_of_a_test_system_reach_nobody(value: str, fine: bool) -> None:
    held = {"resourceType": "Patient", "id": "p", "telecom": [{"value": value}]}
    assert (findings(CONTACTS_RESERVED, TestContactParams(), held) == []) == fine


def test_a_few_that_somebody_typed_in_and_those_of_organisations_do_not_count() -> None:
    many = [{"resourceType": "Patient", "id": f"p{n}", "telecom": [{"value": "07700 900123"}]} for n in range(19)]
    other = {"resourceType": "Patient", "id": "p", "telecom": [{"value": "07700 901123"}]}
    practice = {"resourceType": "Organization", "id": "o", "telecom": [{"value": "0113 222 3333"}]}
    assert findings(CONTACTS_RESERVED, TestContactParams(), *many, other, practice) == []
    assert len(findings(CONTACTS_RESERVED, TestContactParams(), *many[:10], other)) == 1
    assert findings(CONTACTS_RESERVED, TestContactParams(domains=("supplier.co.uk",)), practice) == []
