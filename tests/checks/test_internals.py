"""Errors that show the inside, and errors that only look like it."""

from __future__ import annotations

import json
import time

import pytest

from checker.checks.internals import INTERNAL_HOST, LOOKED_AT, PATTERNS, shown
from checker.model.ask import HttpAsk
from checker.model.supplier import Limits
from checker.model.terms import Outcome, Reason, Safety
from tests.checks.bench import said, when
from tests.engine.scripted import Reply, Scripted, changed, judged, outcome, profile_of, recorded, requirement

INTERNALS, BREAKDOWN = "errors.no-internals", "errors.no-server-error"
BASE = "https://fhir.test/r4"
TELLING = {
    "a stack frame of Java": "java.lang.NullPointerException\n\tat uk.example.Store$1.load(Store.java:87)",
    "a traceback of Python": 'Traceback (most recent call last):\n  File "x.py", line 3, in f',
    "a stack frame of .NET": "   at Acme.Api.Get(String id) in C:\\src\\Api.cs:line 12",
    "a stack frame of Node": "TypeError\n    at Object.load (/app/src/store.js:12:9)",
    "an error of PHP": "Uncaught Error in /srv/www/api.php on line 12",
    "a stack frame of Ruby": "app/models/patient.rb:12:in `load'",
    "a trace of Go": "goroutine 1 [running]:\nmain.main()",
    "an error of IRIS": "ERROR #5002: <UNDEFINED>zGet+3^Acme.Api.1 *id",
    "an error of Oracle": "ORA-00942: table or view does not exist",
    "an SQL state": "SQLSTATE[42P01]: Undefined table",
    "an error of a database": 'ERROR: relation "patients" does not exist',
    "a statement of SQL": "could not execute [select p.id from patient p where p.id=?]",
    "the address of a database": "jdbc:postgresql://db/records",
    "the path of a file": "cannot open /usr/share/records/config.yaml",
    INTERNAL_HOST: "connect to http://10.2.3.4:8080/fhir failed",
}
FINE = [
    "at Patient.name[0]",
    "Patient.birthDate (line 3, column 12): not a date",
    "Error at Bundle.entry[0].resource.ofType(Patient) at Patient.name.where(use='official')",
    "Please select a value from the list where appropriate.",
    "GET /fhir/Patient/1.json is not supported",
    "see https://fhir.test/var/docs/errors.xml and http://fhir.test/r4/metadata",
    "https://hl7.org/fhir/R4/patient.html#Patient.name and urn:oid:10.2.3.4",
    "HAPI-0418: Unknown search parameter",
    "Version 10.2.3.4 of the server; call 10.2.3.4",
    "C: not a drive, nor is D:",
    "Profile http://hl7.org/fhir/StructureDefinition/Patient, element 'Patient.contact'",
    "at /entry/0/resource:12:34",
]


def names(text: str) -> set[str]:
    as_json = json.dumps({"issue": [{"diagnostics": text}]}).encode()
    found = set(shown(as_json, json.loads(as_json), base_url=BASE))
    as_page = f"<pre>{text.replace('<', '&lt;')}</pre>".encode()
    assert set(shown(as_page, None, base_url=BASE)) == found
    return found


def test_every_pattern_has_its_example() -> None:
    assert TELLING.keys() == {*PATTERNS, INTERNAL_HOST}


@pytest.mark.parametrize("name", TELLING)
def test_what_tells_of_the_inside_is_known(name: str) -> None:
    assert name in names(TELLING[name])


@pytest.mark.parametrize("text", FINE)
def test_what_only_looks_like_it_is_fine(text: str) -> None:
    assert names(text) == set()


def test_two_frames_of_dot_net_without_a_file_are_enough() -> None:
    assert names("   at Acme.Api.Get(String id)\r\n   at Acme.Api.Run()") == {"a stack frame of .NET"}
    assert names("   at Acme.Api.Get(String id)") == set()


def test_the_own_host_is_not_internal() -> None:
    body = b"see http://records.internal/fhir/metadata"
    assert not shown(body, None, base_url="https://records.internal/fhir")
    assert shown(body, None, base_url=BASE)[INTERNAL_HOST] == 1


def test_a_body_that_is_made_to_take_long_does_not() -> None:
    began = time.monotonic()
    for piece in ("a" * 10, "a.", "at a(", "/usr/a/", "select a from b ", "C:\\a\\", "x/", '"'):
        shown((piece * LOOKED_AT)[: LOOKED_AT * 3].encode(), None, base_url=BASE)
    assert time.monotonic() - began < 60


def errors_say(text: str) -> Scripted:
    body = json.dumps(
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": text}]}
    ).encode()
    return when(lambda ask: "no-such-id" in ask.request.url, body=body)


def test_errors_that_keep_quiet_pass() -> None:
    assert said(INTERNALS).outcome is Outcome.PASS
    assert said(INTERNALS, when(lambda ask: "no-such-id" in ask.request.url, body=b"")).outcome is Outcome.PASS


def test_a_finding_names_the_sort_and_not_the_text() -> None:
    verdict = said(INTERNALS, errors_say(TELLING["a stack frame of Java"]))
    assert verdict.outcome is Outcome.FAIL
    (finding,) = verdict.findings
    assert finding.message == "Errors show a stack frame of Java."
    assert "Store" not in finding.actual + "".join(finding.examples)


def test_an_error_that_was_not_stored_leaves_it_open() -> None:
    verdict = said(INTERNALS, when(lambda ask: "no-such-id" in ask.request.url, withheld=Reason.UNSAFE))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.UNSAFE)


def test_a_run_that_may_not_provoke_still_looks_at_what_comes_along() -> None:
    profile = profile_of(requirement(check=INTERNALS, params={"type": "Patient"}))
    limits = Limits(ceiling=Safety.S1, requests_per_s=10_000.0)
    outside = Scripted()
    verdicts, _ = judged(recorded(outside, profile, limits=limits), profile=profile)
    assert verdicts["R-1"].outcome is Outcome.PASS
    assert not [url for url in outside.urls if "not-a-date" in url]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (500, Outcome.FAIL),
        (507, Outcome.FAIL),
        (501, Outcome.PASS),
        (505, Outcome.PASS),
        (400, Outcome.PASS),
        (502, Outcome.INCONCLUSIVE),
        (503, Outcome.INCONCLUSIVE),
        (504, Outcome.INCONCLUSIVE),
    ],
)
def test_a_breakdown_is_told_from_what_is_not_done_and_not_there(status: int, found: Outcome) -> None:
    def change(ask: HttpAsk, reply: Reply) -> Reply:
        return outcome(status, "exception") if "not-a-date" in ask.request.url else reply

    verdict = said(BREAKDOWN, Scripted(answer=changed(change)))
    assert verdict.outcome is found
    if found is Outcome.INCONCLUSIVE:
        assert verdict.reason is Reason.NETWORK
