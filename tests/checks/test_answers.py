"""Checks on what a server answers: one that passes, one that fails, and what is no FHIR at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.checks.capability import Interaction
from checker.model.ask import Ask, Capture, HttpAsk
from checker.model.exchange import Failure, HttpExchange
from checker.model.requirement import ConditionUse
from checker.model.terms import Outcome, Reason
from checker.model.value import plain
from tests.checks.bench import HTML, SPOILT, instead, is_kind, read_of, said, when
from tests.engine.scripted import (
    BASE,
    CAPABILITIES,
    SUPPLIER,
    Reply,
    Scripted,
    baseline,
    changed,
    decisions,
    json_reply,
    judged,
    outcome,
    page_of,
    patient,
    profile_of,
    recorded,
    requirement,
)
from tests.engine.suppliers import CHANGES, failing, supplier

ON_BODIES = {
    "capability.r4-instance": is_kind("capabilities"),
    "read.id-is-the-id-asked": read_of("p2"),
    "read.version-is-the-version-asked": is_kind("vread"),
    "search.pages-reach-the-end": is_kind("page"),
}
FAULTS = {
    "capability.r4-instance": ["bare_statement"],
    "read.id-is-the-id-asked": ["other_id"],
    "read.version-is-the-version-asked": ["other_version"],
    "search.pages-reach-the-end": ["loses_a_row", "repeats_a_row", "goes_in_circles"],
    "media-type.fhir": ["wrong_media_type"],
    "errors.operation-outcome": ["errors_in_html"],
    "read.unknown-id-is-404": ["everything_exists"],
    "access.refused-without-token": ["open_to_all"],
    "access.altered-token-refused": ["no_signature_check"],
    "audit.requests-are-logged": ["unlogged"],
}


@pytest.mark.parametrize("check", FAULTS)
def test_the_healthy_supplier_passes(check: str) -> None:
    verdict = said(check)
    assert (verdict.outcome, verdict.examined > 0) == (Outcome.PASS, True)


@pytest.mark.parametrize(("check", "fault"), [(check, fault) for check, faults in FAULTS.items() for fault in faults])
def test_the_faulty_supplier_fails_with_evidence_and_place(check: str, fault: str) -> None:
    verdict = said(check, supplier(fault))
    assert verdict.outcome is Outcome.FAIL
    assert all(f.evidence and f.expected and f.actual and f.place for f in verdict.findings)


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("check", ON_BODIES)
def test_what_is_no_fhir_json_is_a_finding_that_says_so(check: str, name: str) -> None:
    verdict = said(check, when(ON_BODIES[check], body=SPOILT[name], status=200))
    assert verdict.outcome is Outcome.FAIL
    assert any("read as FHIR JSON" in f.message for f in verdict.findings)


@pytest.mark.parametrize("name", SPOILT)
def test_an_error_that_is_no_fhir_json_is_a_finding(name: str) -> None:
    verdict = said("errors.operation-outcome", when(read_of("no-such-id-9f6c2d"), body=SPOILT[name]))
    assert verdict.outcome is Outcome.FAIL


@pytest.mark.parametrize("check", ON_BODIES)
@pytest.mark.parametrize("value", [[], "text", 7, None, {}, {"resourceType": 7}, {"resourceType": "Basic"}])
def test_json_that_is_another_thing_is_a_finding(check: str, value: object) -> None:
    verdict = said(check, instead(ON_BODIES[check], json_reply(value)))
    assert verdict.outcome is Outcome.FAIL


@pytest.mark.parametrize("check", ON_BODIES)
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (failing(Reason.NETWORK, "dns"), Reason.NETWORK),
        (failing(Reason.AUTH, "credential"), Reason.AUTH),
        (outcome(401), Reason.AUTH),
        (outcome(403), Reason.AUTH),
        (Reply(502), Reason.NETWORK),
        (Reply(200, b"{}", withheld=Reason.UNSAFE), Reason.UNSAFE),
        (Reply(200, b"{}", truncated=True), Reason.NO_DATA),
    ],
)
def test_what_says_nothing_about_fhir_decides_nothing(check: str, other: Reply | Failure, reason: Reason) -> None:
    verdict = said(check, instead(ON_BODIES[check], other))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize("check", [name for name in FAULTS if name != "capability.r4-instance"])
def test_an_empty_system_proves_nothing(check: str) -> None:
    assert said(check, Scripted(answer=changed(CHANGES["no_patients"]))).outcome is not Outcome.PASS


def test_an_empty_statement_is_a_fail_and_what_it_claims_is_unknown() -> None:
    verdicts, report = judged(recorded(Scripted(answer=changed(CHANGES["bare_statement"])), baseline()))
    found = decisions(verdicts)
    assert found["FHIR-CAP-002"] == (Outcome.FAIL, None)
    assert found["FHIR-VREAD-001"] == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"fhirVersion": "4.3.0"}, {"/fhirVersion"}),
        ({"kind": "capability"}, {"/kind"}),
        ({"status": ""}, {"/status"}),
        ({"format": []}, {"/format"}),
        ({"fhirVersion": None, "date": None}, {"/fhirVersion", "/date"}),
        ({"kind": {"odd": 1}}, {"/kind"}),
    ],
)
def test_a_statement_that_lacks_something_is_said_where(changes: dict[str, Any], places: set[str]) -> None:
    verdict = said("capability.r4-instance", instead(is_kind("capabilities"), json_reply(CAPABILITIES | changes)))
    assert {f.place for f in verdict.findings} == places


def _claims(rest: object) -> tuple[str, str | None]:
    use = ConditionUse(
        condition="capability.interaction", params=plain(Interaction(type="Patient", interaction="vread"))
    )
    row = requirement(check="read.version-is-the-version-asked", params={"type": "Patient"}, applies_when=use)
    profile = profile_of(row)
    outside = instead(is_kind("capabilities"), json_reply({**CAPABILITIES, "rest": rest}))
    return decisions(judged(recorded(outside, profile), profile=profile)[0])["R-1"]


def _rest(interaction: object, mode: str = "server") -> list[dict[str, Any]]:
    return [{"mode": mode, "resource": [{"type": "Patient", "interaction": interaction}]}]


UNKNOWN = (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        (_rest([{"code": "vread"}]), (Outcome.PASS, None)),
        (_rest([{"code": "read"}]), (Outcome.NOT_APPLICABLE, None)),
        (_rest([]), (Outcome.NOT_APPLICABLE, None)),
        (_rest(None), UNKNOWN),
        (_rest([{"code": "vread"}], mode="client"), UNKNOWN),
        ([], UNKNOWN),
        (None, UNKNOWN),
        ([{"mode": "server", "resource": []}], UNKNOWN),
        ([7, {"mode": "server", "resource": [7]}], UNKNOWN),
    ],
)
def test_what_a_statement_claims_is_true_false_or_unknown(rest: object, found: tuple[str, str | None]) -> None:
    assert _claims(rest) == found


@pytest.mark.parametrize("odd", [7, True, [{"code": []}], [{"code": {}}]])
def test_an_odd_claim_is_never_a_fault_of_the_checker(odd: object) -> None:
    assert _claims(_rest(odd))[0] is not Outcome.ERROR


# Search and paging ---------------------------------------------------------------------------


def paged(count: int, *, total: object = "right", size: int = 2, **more: object) -> Scripted:
    """So many patients on pages of that size."""
    patients = [patient(f"p{n}") for n in range(1, count + 1)]

    def answer(ask: HttpAsk) -> Reply:
        number = int(ask.request.url.partition("page=")[2] or 1)
        page = page_of(patients, size, number) | more
        if total != "right":
            page = {name: value for name, value in page.items() if name != "total"} | (
                {"total": total} if total is not None else {}
            )
        return json_reply(page)

    return Scripted(answer=answer)


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        (paged(7), (Outcome.PASS, None)),
        (paged(7, total=None), (Outcome.PASS, None)),
        (paged(2), (Outcome.PASS, None)),
        (paged(2, total=None), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (paged(0), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (paged(0, total=None), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (paged(7, total=8), (Outcome.FAIL, None)),
        (paged(7, total=0), (Outcome.FAIL, None)),
        (paged(2, total=9), (Outcome.FAIL, None)),
        (paged(20), (Outcome.PASS, None)),
        (paged(21), (Outcome.INCONCLUSIVE, Reason.BUDGET)),
        (paged(7, total="7"), (Outcome.PASS, None)),
    ],
)
def test_pages_are_judged_as_a_whole(outside: Scripted, found: tuple[str, str | None]) -> None:
    verdict = said("search.pages-reach-the-end", outside)
    assert (verdict.outcome, verdict.reason) == found


def test_a_page_that_was_not_given_does_not_make_the_total_wrong() -> None:
    outside = instead(lambda ask: "page=3" in ask.request.url, failing(Reason.TIMEOUT, "deadline"))
    verdict = said("search.pages-reach-the-end", outside)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.TIMEOUT)


def test_included_resources_are_not_matches() -> None:
    included = {"resource": {"resourceType": "Patient", "id": "p1"}, "search": {"mode": "include"}}

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if "page=2" not in ask.request.url:
            return reply
        page = json.loads(reply.body)
        return json_reply({**page, "entry": [*page["entry"], included]})

    assert said("search.pages-reach-the-end", Scripted(answer=changed(change))).outcome is Outcome.PASS


def test_matches_without_an_id_are_not_repeats() -> None:
    bare = {"resource": {"resourceType": "Patient"}}
    page = {"resourceType": "Bundle", "type": "searchset", "entry": [bare, bare]}
    verdict = said("search.pages-reach-the-end", Scripted(answer=lambda ask: json_reply(page)))
    assert not any("repeats" in f.message for f in verdict.findings)


def _next(url: object) -> Scripted:
    link = [{"relation": "next", "url": url}]
    return Scripted(answer=lambda ask: json_reply(page_of([patient("p1")], 5, 1) | {"link": link}))


@pytest.mark.parametrize("url", [None, "", [], 7, {"a": 1}])
def test_a_next_link_without_an_address_is_a_finding(url: object) -> None:
    assert said("search.pages-reach-the-end", _next(url)).outcome is Outcome.FAIL


@pytest.mark.parametrize("url", ["http://[", "//[x"])
def test_a_next_link_that_is_no_url_is_never_a_fault_of_the_checker(url: str) -> None:
    assert said("search.pages-reach-the-end", _next(url)).outcome is not Outcome.ERROR


# Media types, errors, audit ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "good"),
    [
        ("application/fhir+json", True),
        ("Application/FHIR+JSON; charset=UTF-8", True),
        ("application/fhir+xml", True),
        ("application/json", False),
        ("application/json+fhir", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_the_media_type_is_one_of_fhir(label: str, good: bool) -> None:
    headers = (("Content-Type", label),) if label else ()
    verdict = said("media-type.fhir", when(lambda ask: True, headers=headers))
    assert (verdict.outcome is Outcome.PASS) == good


@pytest.mark.parametrize("kind", ["capabilities", "search", "read"])
def test_a_kind_of_answer_that_never_came_leaves_the_media_type_open(kind: str) -> None:
    for other in (failing(), Reply(500), Reply(204, b"", ())):
        assert said("media-type.fhir", instead(is_kind(kind), other)).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    "issue",
    [[], None, [{}], [{"severity": "error"}], [{"code": "not-found"}], "text", [7], [{"severity": "", "code": "x"}]],
)
def test_an_outcome_without_a_usable_issue_is_a_finding(issue: object) -> None:
    other = json_reply({"resourceType": "OperationOutcome", "issue": issue}, 404)
    verdict = said("errors.operation-outcome", instead(read_of("no-such-id-9f6c2d"), other))
    assert verdict.outcome is Outcome.FAIL


def test_a_supplier_without_errors_leaves_them_open() -> None:
    assert said("errors.operation-outcome", supplier("everything_exists")).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("status", [407, 429, 502, 503, 504])
def test_what_a_gateway_answers_does_not_show_how_the_server_explains_errors(status: int) -> None:
    html = Reply(status, HTML, (("Content-Type", "text/html"),))
    in_between = instead(lambda ask: ask.interaction == "vread" and not ask.request.identity, html)
    check, of_patients = "errors.operation-outcome", {"type": "Patient"}
    rows = (requirement("R-1", check, of_patients), requirement("R-2", "access.refused-without-token", of_patients))
    profile = profile_of(*rows)
    assert decisions(judged(recorded(in_between, profile), profile=profile)[0])["R-1"] == (Outcome.PASS, None)
    alone = said(check, instead(read_of("no-such-id-9f6c2d"), html))
    assert (alone.outcome, bool(alone.findings)) == (Outcome.INCONCLUSIVE, False)


def test_an_error_whose_body_was_cut_off_on_the_way_is_not_held_against_the_server() -> None:
    class CutOff(Scripted):
        """The head of the answer came, and then the connection was closed."""

        async def capture(self, ask: Ask) -> Capture:
            found = await super().capture(ask)
            payload = found.payload
            if not isinstance(payload, HttpExchange) or payload.response is None or payload.response.status != 404:
                return found
            head = msgspec.structs.replace(payload.response, body="")
            cut = msgspec.structs.replace(payload, response=head, failure=failing(Reason.NETWORK, "closed"))
            return msgspec.structs.replace(found, payload=cut, blobs={})

    verdict = said("errors.operation-outcome", CutOff())
    assert (verdict.outcome, verdict.reason, verdict.findings) == (Outcome.INCONCLUSIVE, Reason.NETWORK, ())


def test_an_error_whose_body_was_withheld_decides_nothing() -> None:
    verdict = said("errors.operation-outcome", when(read_of("no-such-id-9f6c2d"), withheld=Reason.UNSAFE))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.UNSAFE)


def test_the_audit_log_holds_all_or_it_is_said_how_many_are_absent() -> None:
    seen: list[str] = []

    def logs(sent_id: str) -> bool:
        if sent_id not in seen:
            seen.append(sent_id)
        return seen.index(sent_id) != 1

    verdict = said("audit.requests-are-logged", Scripted(logs=logs))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.findings[0].count == 1
    assert verdict.findings[0].examples == (seen[1],)


def test_without_an_audit_log_nothing_is_decided() -> None:
    verdict = said("audit.requests-are-logged", supplier=msgspec.structs.replace(SUPPLIER, artefacts=()))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


# Anything at all -----------------------------------------------------------------------------

words = st.sampled_from(
    ["Patient", "Bundle", "CapabilityStatement", "OperationOutcome", "p1", "next", "vread", "match", BASE, "", "é"]
)
keys = st.sampled_from(
    [
        *("resourceType", "id", "meta", "versionId", "entry", "resource", "link", "relation", "url", "total"),
        *("search", "mode", "rest", "interaction", "code", "type", "software", "name", "issue", "identifier", "system"),
    ]
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=14,
)
spoilt = st.one_of(
    anything.map(json.dumps).map(str.encode), st.sampled_from(list(SPOILT.values())), st.binary(max_size=9)
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    bodies=st.dictionaries(
        st.sampled_from(["capabilities", "search", "page", "read", "vread", "history"]), spoilt, min_size=1
    ),
    status=st.sampled_from([200, 200, 200, 404, 301]),
)
def test_nothing_that_a_server_says_is_a_fault_of_the_checker(bodies: dict[str, bytes], status: int) -> None:
    def change(ask: HttpAsk, reply: Reply) -> Reply:
        body = bodies.get(ask.interaction)
        return replace(reply, body=body, status=status) if body is not None and reply.status == 200 else reply

    verdicts, report = judged(recorded(Scripted(answer=changed(change)), baseline()))
    broken = {name: v.why for name, v in verdicts.items() if v.outcome is Outcome.ERROR}
    assert not broken
    assert report.conclusion != "compliant"


def test_version_1_of_another_patient_is_a_finding() -> None:
    first = json_reply(patient("p7", version="1"))
    verdict = said("read.version-is-the-version-asked", instead(lambda a: a.request.url.endswith("/_history/1"), first))
    assert verdict.outcome is Outcome.FAIL
    assert [finding.actual for finding in verdict.findings] == ["another id"]


def test_a_match_of_another_search_that_is_on_no_page_leaves_it_open() -> None:
    def without_p3(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        bundle = json.loads(reply.body)
        if bundle["resourceType"] != "Bundle":
            return reply
        entries = [one for one in bundle["entry"] if "_count=2" not in ask.request.url or one["resource"]["id"] != "p3"]
        return json_reply({**bundle, "entry": entries, "total": total})

    for total in (None, 6):
        verdict = said("search.pages-reach-the-end", Scripted(answer=changed(without_p3)))
        assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE), total


def test_an_answer_in_a_format_that_was_asked_for_by_name_is_not_judged() -> None:
    page = Reply(200, HTML, (("Content-Type", "text/html"),))
    of_patients = {"type": "Patient"}
    rows = (requirement("R-1", "media-type.fhir", of_patients), requirement("R-2", "errors.no-internals", of_patients))
    profile = profile_of(*rows)
    found = decisions(
        judged(recorded(instead(lambda a: "_format=" in a.request.url, page), profile), profile=profile)[0]
    )
    assert found["R-1"] == (Outcome.PASS, None)
    assert said("media-type.fhir", instead(is_kind("search"), page)).outcome is Outcome.FAIL


IN_XML = Reply(
    404, b'<OperationOutcome xmlns="http://hl7.org/fhir"/>', (("Content-Type", "application/fhir+xml; charset=x"),)
)


def test_an_error_in_xml_is_not_read_yet() -> None:
    for check in ("errors.operation-outcome", "errors.issue-codes"):
        verdict = said(check, instead(read_of("no-such-id-9f6c2d"), IN_XML))
        assert (verdict.outcome, verdict.reason, verdict.findings) == (Outcome.INCONCLUSIVE, Reason.NO_DATA, ())
