"""fullUrl, page sizes and histories."""

from __future__ import annotations

from typing import Any

import pytest

from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.terms import Outcome, Reason
from tests.checks.bench import SPOILT, instead, is_kind, said, when
from tests.engine.scripted import BASE, PATIENTS, Reply, Scripted, entry_of, json_reply, outcome, page_of, patient
from tests.engine.suppliers import failing, supplier

FULL_URLS = "bundle.full-urls"
COUNT = "search.count-is-a-ceiling"
HISTORY = "history.is-a-history"
PASS, FAIL = (Outcome.PASS, None), (Outcome.FAIL, None)
NO_DATA = (Outcome.INCONCLUSIVE, Reason.NO_DATA)
Found = tuple[str, str | None]
ONE = patient("p1")
URL = f"{BASE}/Patient/p1"


def decided(check: str, outside: Scripted) -> Found:
    verdict = said(check, outside)
    return verdict.outcome, verdict.reason


def listed(*entries: object, type: object = "searchset") -> Scripted:
    return instead(is_kind("search"), json_reply({"resourceType": "Bundle", "type": type, "entry": list(entries)}))


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([{"fullUrl": URL, "resource": ONE}], PASS),
        ([{"fullUrl": "http://other.test:8080/x/Patient/p1", "resource": ONE}], PASS),
        ([{"fullUrl": "urn:uuid:0b5b0d0c-1f3e-4e0a-9a3e-0c8a5e6f7a8b", "resource": ONE}], PASS),
        ([{"fullUrl": "urn:oid:1.2.3", "resource": ONE}], PASS),
        ([{"fullUrl": "https://files.test/record-17", "resource": ONE}], PASS),
        ([{"fullUrl": URL, "resource": ONE}, {"resource": {"resourceType": "OperationOutcome", "id": "x"}}], PASS),
        ([{"fullUrl": URL, "resource": ONE}, {"fullUrl": URL, "resource": patient("p1", version="1")}], PASS),
        ([{"fullUrl": URL, "resource": ONE}, {"resource": {"resourceType": "Basic"}}], PASS),
        ([{"fullUrl": URL, "resource": ONE}, 7, {}], PASS),
        ([{"resource": ONE}], FAIL),
        ([{"fullUrl": "Patient/p1", "resource": ONE}], FAIL),
        ([{"fullUrl": "", "resource": ONE}], FAIL),
        ([{"fullUrl": 7, "resource": ONE}], FAIL),
        ([{"fullUrl": f"{BASE}/Patient/p2", "resource": ONE}], FAIL),
        ([{"fullUrl": f"{BASE}/Patient/p1/", "resource": ONE}], PASS),
        ([{"fullUrl": f"{URL}/_history/2", "resource": ONE}], FAIL),
        ([{"fullUrl": URL, "resource": ONE}, {"fullUrl": URL, "resource": ONE}], FAIL),
        ([], NO_DATA),
        ([{"resource": {"resourceType": "OperationOutcome"}}], NO_DATA),
    ],
)
def test_a_full_url_is_absolute_unversioned_unique_and_of_its_resource(entries: list[Any], found: Found) -> None:
    assert decided(FULL_URLS, listed(*entries)) == found


def test_entries_of_which_no_full_url_is_asked_are_no_pass() -> None:
    without = {name: value for name, value in ONE.items() if name != "id"}
    assert decided(FULL_URLS, listed({"resource": without})) == NO_DATA


def test_other_bundles_are_left_out() -> None:
    assert decided(FULL_URLS, listed({"resource": ONE}, type="collection")) == NO_DATA


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_bundle_has_no_full_urls(name: str) -> None:
    assert said(FULL_URLS, when(is_kind("search"), body=SPOILT[name])).outcome is Outcome.INCONCLUSIVE


def test_like_faults_of_one_bundle_are_one_finding_with_their_number() -> None:
    verdict = said(FULL_URLS, listed(*({"fullUrl": f"Patient/{id}", "resource": one} for id, one in PATIENTS.items())))
    assert [one.count for one in verdict.findings] == [len(PATIENTS)]
    assert verdict.findings[0].place.endswith("#/entry/0/fullUrl")


# _count --------------------------------------------------------------------------------------


def paged(held: int, *, total: int | None = None, more: bool = False, extra: object = None) -> Scripted:
    """One page with so many patients."""
    page = page_of([patient(f"p{n}") for n in range(1, held + 1)], 20, 1)
    page.pop("total")
    page |= {"total": total} if total is not None else {}
    page |= {"link": [{"relation": "next", "url": f"{BASE}/Patient?page=2"}]} if more else {}
    page["entry"] += [extra] if extra else []

    def answer(ask: HttpAsk) -> Reply:
        return json_reply({"resourceType": "Bundle", "type": "searchset"} if "page=2" in ask.request.url else page)

    return Scripted(answer=answer)


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        (Scripted(), PASS),
        (paged(2, more=True), PASS),
        (paged(1, more=True), PASS),
        (paged(2, total=7), PASS),
        (paged(2, more=True, extra={**entry_of(patient("p7")), "search": {"mode": "include"}}), PASS),
        (paged(2, more=True, extra={"resource": {"resourceType": "OperationOutcome"}}), PASS),
        (paged(3), FAIL),
        (paged(3, total=3), FAIL),
        (paged(3, more=True), FAIL),
        (paged(2), NO_DATA),
        (paged(2, total=2), NO_DATA),
        (paged(0), NO_DATA),
        (instead(is_kind("search"), outcome(400, "required")), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (instead(is_kind("search"), outcome(403)), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (instead(is_kind("search"), failing()), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (instead(is_kind("page"), failing()), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_a_page_is_no_longer_than_asked(outside: Scripted, found: Found) -> None:
    assert decided(COUNT, outside) == found


# Histories -----------------------------------------------------------------------------------


def version(number: object, at: object, method: object = "PUT", **more: object) -> dict[str, Any]:
    resource = {"resourceType": "Patient", "id": "p1", "meta": {"versionId": number, "lastUpdated": at}}
    return {"resource": resource, "request": {"method": method, "url": "Patient/p1"}, **more}


EARLY, LATE = "2026-01-01T10:00:00Z", "2026-01-01T12:00:00+01:00"
SECOND, FIRST = version("2", LATE), version("1", EARLY, "POST")
DELETED = {
    "request": {"method": "DELETE", "url": "Patient/p1"},
    "response": {"status": "204", "lastModified": "2026-01-01T11:30:00Z"},
}


def shown(*entries: object, type: object = "history") -> Scripted:
    return instead(is_kind("history"), json_reply({"resourceType": "Bundle", "type": type, "entry": list(entries)}))


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        (shown(SECOND, FIRST), PASS),
        (shown(DELETED, SECOND, FIRST), PASS),
        (shown(version("9", EARLY), version("8", LATE)), PASS),
        (shown(version("2", EARLY), version("1", EARLY)), PASS),
        (shown(version("1", EARLY), version("2", EARLY)), NO_DATA),
        (shown(version("b", EARLY), version("a", EARLY)), NO_DATA),
        (shown(version("3", LATE), version("1", EARLY), version("2", EARLY)), PASS),
        (shown(FIRST, SECOND), FAIL),
        (shown(version("b", EARLY), version("a", LATE)), FAIL),
        (shown(SECOND, DELETED), FAIL),
        (shown(SECOND, FIRST, type="searchset"), FAIL),
        (shown(SECOND, FIRST, type=None), FAIL),
        (shown(SECOND, {"resource": FIRST["resource"]}), FAIL),
        (shown(SECOND, {**FIRST, "request": {"method": "POST"}}), FAIL),
        (shown(SECOND, {**FIRST, "request": {"url": "Patient"}}), FAIL),
        (shown(SECOND, {**FIRST, "request": {"method": "create", "url": "Patient"}}), FAIL),
        (shown(SECOND, {"request": FIRST["request"]}), FAIL),
        (shown(SECOND), NO_DATA),
        (shown(), NO_DATA),
        (shown(version("2", None), version("1", "yesterday")), NO_DATA),
        (shown(version(2, LATE), version([], EARLY)), PASS),
        (instead(is_kind("history"), outcome(404)), FAIL),
        (instead(is_kind("history"), outcome(403)), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (instead(is_kind("history"), failing()), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_a_history_is_newest_first_with_its_requests(outside: Scripted, found: Found) -> None:
    assert decided(HISTORY, outside) == found


def test_the_next_resource_is_asked_for_until_one_has_two_versions() -> None:
    def answer(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        return (
            json_reply({"resourceType": "Bundle", "type": "history", "entry": [SECOND]})
            if "p1/" in ask.request.url
            else reply
        )

    from tests.engine.scripted import changed

    outside = Scripted(answer=changed(answer))
    assert decided(HISTORY, outside) == PASS
    assert [url for url in outside.urls if "_history" in url] == [
        f"{BASE}/Patient/{id}/_history?_count=5" for id in ("p1", "p2")
    ]


def test_an_empty_system_has_neither_pages_nor_histories() -> None:
    for check in (FULL_URLS, COUNT, HISTORY):
        assert said(check, supplier("no_patients")).outcome is Outcome.INCONCLUSIVE
