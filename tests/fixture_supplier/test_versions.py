"""Versions of the healthy supplier: history, deletion, and reads that depend on a version."""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import pytest

from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.fixture_supplier.client import Client, link

READ = "/Patient/pat-001"
VREAD = "/Patient/pat-001/_history/1"


def versions(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    """(id, version) of each entry; the version is in the ETag, also of a deletion."""
    return [(e["fullUrl"].rpartition("/")[2], e["response"]["etag"].strip('W/"')) for e in bundle.get("entry", ())]


def walk(client: Client, target: str) -> list[list[tuple[str, str]]]:
    """The versions of each page."""
    pages, url = [], target
    while url:
        bundle = client.get(url).json()
        assert bundle["type"] == "history"
        pages.append(versions(bundle))
        url = link(bundle, "next") or ""
    return pages


def test_the_history_of_a_deleted_resource_ends_with_its_deletion(healthy: Client) -> None:
    bundle = healthy.get("/Observation/obs-900/_history").json()
    deletion, creation = bundle["entry"]
    assert deletion["request"] == {"method": "DELETE", "url": "Observation/obs-900"}
    assert deletion["response"]["status"] == "204"
    assert "resource" not in deletion
    assert creation["request"] == {"method": "POST", "url": "Observation"}
    assert creation["resource"]["id"] == "obs-900"
    assert healthy.get("/Observation/obs-900/_history/1").status == 200
    assert "_deleted" not in healthy.get("/Observation/obs-900/_history/1").json()


def test_the_history_of_a_type_is_newest_first_and_whole(healthy: Client) -> None:
    bundle = healthy.get("/Patient/_history").json()
    times = [entry["response"]["lastModified"] for entry in bundle["entry"]]
    assert times == sorted(times, reverse=True)
    assert bundle["total"] == len(bundle["entry"]) == 14
    assert versions(bundle)[:2] == [("pat-001", "2"), ("pat-002", "2")]
    assert link(bundle, "self") == healthy.served.base_url + "/Patient/_history"
    for entry in bundle["entry"]:
        assert entry["resource"]["meta"]["lastUpdated"] == entry["response"]["lastModified"]


def test_histories_come_in_pages(healthy: Client) -> None:
    (whole,) = walk(healthy, "/Patient/_history")
    pages = walk(healthy, "/Patient/_history?_count=5")
    assert [len(page) for page in pages] == [5, 5, 4]
    assert [row for page in pages for row in page] == whole
    assert walk(healthy, "/Patient/pat-001/_history?_count=1") == [[("pat-001", "2")], [("pat-001", "1")]]
    assert healthy.get("/Patient/_history?_count=0").json()["total"] == 14


def test_a_page_of_a_history_belongs_to_its_address(healthy: Client) -> None:
    following = link(healthy.get("/Patient/_history?_count=5").json(), "next") or ""
    for other in ("/Patient?", "/Observation/_history?", "/Patient/pat-001/_history?"):
        assert healthy.get(following.replace("/Patient/_history?", other)).status == 404
    narrow = healthy.served.token("system/Encounter.read")
    assert healthy.send(following, token=narrow).status == 403


def test_a_history_since(healthy: Client) -> None:
    bundle = healthy.get("/Patient/_history?_since=2026-03-01T09:15:00Z&_unknown=1").json()
    assert versions(bundle) == [("pat-001", "2"), ("pat-002", "2")]
    assert link(bundle, "self") == healthy.served.base_url + "/Patient/_history?_since=2026-03-01T09:15:00Z"
    assert healthy.get("/Patient/_history?_unknown=1", Prefer="handling=strict").status == 400


@pytest.mark.parametrize("path", [READ, VREAD, "/metadata"])
def test_what_the_client_has_is_not_sent_again(healthy: Client, path: str) -> None:
    tag = healthy.get(path).header("ETag")
    for given in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = healthy.get(path, If_None_Match=given)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.header("ETag") == tag
        assert answer.header("X-Request-ID")
    for given in ('W/"99"', '""', "2"):
        assert healthy.get(path, If_None_Match=given).status == 200


def test_what_has_not_changed_is_not_sent_again(healthy: Client) -> None:
    modified = parsedate_to_datetime(healthy.get(READ).header("Last-Modified"))
    later, earlier = modified.replace(year=2027), modified.replace(year=2025)
    for given, status in ((modified, 304), (later, 304), (earlier, 200)):
        assert healthy.get(READ, If_Modified_Since=format_datetime(given, usegmt=True)).status == status
    assert healthy.get(READ, If_Modified_Since="last week").status == 200
    both = healthy.get(READ, If_None_Match='"other"', If_Modified_Since=format_datetime(later, usegmt=True))
    assert both.status == 200


def test_a_condition_opens_nothing(healthy: Client) -> None:
    assert healthy.send(READ, token="", headers={"If-None-Match": "*"}).status == 401
    assert healthy.get("/Patient/not-there", If_None_Match="*").status == 404
    assert healthy.get("/Observation/obs-900", If_None_Match="*").status == 410


def test_without_an_etag_there_is_nothing_to_match() -> None:
    with Served(switches=SupplierSwitches(etag="absent")) as served:
        assert Client(served).get(READ, If_None_Match='W/"2"').status == 200


def test_what_was_deleted_is_nowhere_but_in_histories(healthy: Client) -> None:
    assert healthy.get("/Observation?_id=obs-900").json()["total"] == 0
    rows = [row for page in healthy.walk("/Observation") for row in page]
    assert len(rows) == healthy.get("/Observation?_summary=count").json()["total"] == 38
    assert "obs-900" not in rows
    assert ("obs-900", "2") in versions(healthy.get("/Observation/_history?_count=100").json())
