"""What the switches of the REST interface change: healthy and changed, side by side. Part of `switch_table`."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from tests.fixture_supplier.client import Answer, Client

PATIENT = "/Patient/pat-001"
ODD = "/Observation/obs-003"
XML, PDF = "application/fhir+xml", "application/pdf"


@dataclass(frozen=True)
class Look:
    """One way of looking; `switch_table` holds the like."""

    look: Any
    healthy: object
    other: object


def _formats(client: Client) -> list[int]:
    """By _format, as something else, in R3."""
    asked = (
        ("/metadata?_format=json", XML),
        ("/metadata", PDF),
        ("/metadata", "application/fhir+json; fhirVersion=3.0"),
    )
    return [client.get(path, Accept=accept).status for path, accept in asked]


def _r3(client: Client) -> str:
    found = client.get("/metadata", Accept="application/fhir+json; fhirVersion=3.0").json()
    return str(found.get("fhirVersion", "refused"))


def _head(client: Client) -> tuple[int, str, bytes]:
    answer = client.send(PATIENT, "HEAD")
    return answer.status, answer.header("Content-Type").partition(";")[0], answer.body


def _conditions(client: Client) -> list[int]:
    return [client.get(PATIENT, If_None_Match=tag).status for tag in ('W/"2"', 'W/"9"')]


def _parts(client: Client) -> list[tuple[bool, bool]]:
    """Whether it is a part, and whether it says so."""
    whole = client.get(PATIENT).json()
    found = [client.get(f"{PATIENT}?{query}").json() for query in ("_summary=true", "_elements=identifier")]
    return [(len(one) < len(whole), "tag" in one["meta"]) for one in found]


def _dates(client: Client) -> tuple[bool, bool, bool]:
    """Whether there is a Date, whether Last-Modified has the form of HTTP, whether it is past."""
    answer = client.get(PATIENT)
    changed = answer.header("Last-Modified")
    date = answer.header("Date")
    past = bool(date) and parsedate_to_datetime(changed) <= parsedate_to_datetime(date) if "," in changed else False
    return bool(date), changed.endswith(" GMT"), past


def _ids(client: Client) -> tuple[str, str]:
    answer = client.get(PATIENT, X_Request_ID="of-mine")
    return answer.header("X-Request-ID").partition("-0")[0], answer.header("X-Correlation-ID")


def _tags(client: Client) -> tuple[bool, bool, bool]:
    """Whether /metadata has a tag, whether it stays while the content does, whether it is one in all forms."""
    first, second, other = (
        client.send("/metadata", token="", headers={"Accept": accept})
        for accept in ("application/fhir+json", "application/fhir+json", "*/*")
    )
    alike = (first.header("ETag") == second.header("ETag")) is (first.body == second.body)
    return bool(first.header("ETag")), alike, first.header("ETag") == other.header("ETag")


def _security(client: Client) -> list[str]:
    return sorted(client.send("/metadata", token="").json()["rest"][0]["security"])


def _stated(client: Client) -> tuple[bool, str]:
    rest = client.send("/metadata", token="").json()["rest"][0]
    return "mode" in rest, rest["resource"][0]["searchParam"][0]["type"]


def _bytes(client: Client) -> str:
    body = client.get("/Patient/pat-005").body
    if body.startswith(b"\xef\xbb\xbf"):
        return "bom"
    return "utf-8" if "Éastwickham".encode() in body else "latin-1"


def _compressed(client: Client) -> tuple[str, str]:
    answer = client.get("/metadata", Accept_Encoding="gzip")
    coding = answer.header("Content-Encoding")
    try:
        json.loads(gzip.decompress(answer.body) if coding else answer.body)
    except (OSError, ValueError):
        return coding, "unreadable"
    return coding, "readable"


def _preflight(client: Client) -> tuple[int, str]:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    answer = client.send("/Patient", "OPTIONS", token="", headers=asked)
    return answer.status, answer.header("Access-Control-Allow-Origin")


def _operations(client: Client) -> tuple[int, int, list[int]]:
    """$everything: status and entries; $validate of what is valid and of what is not."""
    found = client.get(f"{PATIENT}/$everything")
    offered = ({"resourceType": "Patient"}, {"resourceType": "Patient", "gender": "x"}, {"resourceType": "Basic"})
    said = [client.send("/Patient/$validate", "POST", body=json.dumps(one)).status for one in offered]
    return found.status, len(found.json().get("entry", ())), said


def _members(client: Client) -> set[str]:
    return set(client.get(ODD).json())


def _member(name: str) -> Any:
    return lambda client: client.get(ODD).json().get(name)


def _narrative(client: Client) -> str:
    """The first element in it."""
    found = client.get(ODD).json().get("text", {"div": ""})["div"].partition(">")[2]
    return str(found.partition(">")[0].partition(" ")[0])


def _claim(client: Client) -> str:
    return str(client.get(ODD).json()["meta"].get("profile", [""])[0].rpartition("/")[2])


def _unit(client: Client) -> str:
    return str(client.get(ODD).json()["valueQuantity"]["code"])


def _kept(client: Client) -> list[str]:
    """The Bundles that are kept: their type, whether they have an identifier, what is first in them."""
    answer: Answer = client.get("/Bundle")
    if answer.status != 200:
        return [str(answer.status)]
    (found,) = [entry["resource"] for entry in answer.json()["entry"]]
    stated = client.send("/metadata", token="").json()
    claimed = "document" if "document" in stated else "message" if "messaging" in stated else ""
    focus = [each["reference"].rpartition("/")[2] for each in found["entry"][0]["resource"].get("focus", ())]
    return [found["type"], claimed, str("identifier" in found), found["entry"][0]["resource"]["resourceType"], *focus]


CODED, RIGHT = ["cors", "extension", "service"], [(True, True), (True, True)]
LOOKS: dict[tuple[str, object], Look] = {
    ("negotiation", "format-ignored"): Look(_formats, [200, 406, 406], [406, 406, 406]),
    ("negotiation", "any-accept"): Look(_formats, [200, 406, 406], [200, 200, 200]),
    ("negotiation", "any-version"): Look(_formats, [200, 406, 406], [200, 406, 200]),
    ("negotiation", "both-versions"): Look(_r3, "refused", "3.0.2"),
    ("head", "fails"): Look(_head, (200, "application/fhir+json", b""), (500, "", b"")),
    ("head", "other-type"): Look(_head, (200, "application/fhir+json", b""), (200, "text/html", b"")),
    ("head", "not-allowed"): Look(_head, (200, "application/fhir+json", b""), (405, "", b"")),
    ("type_case", "any"): Look(lambda c: c.get("/patient/pat-001").status, 404, 200),
    ("conditional_read", "refused"): Look(_conditions, [304, 200], [412, 412]),
    ("conditional_read", "always-304"): Look(_conditions, [304, 200], [304, 304]),
    ("conditional_read", "whole"): Look(_conditions, [304, 200], [200, 200]),
    ("subset", "untagged"): Look(_parts, RIGHT, [(True, False), (True, False)]),
    ("subset", "whole"): Look(_parts, RIGHT, [(False, False), (False, False)]),
    ("unknown_version", "current"): Look(lambda c: c.get(f"{PATIENT}/_history/no-such").status, 404, 200),
    ("unknown_version", "400"): Look(lambda c: c.get(f"{PATIENT}/_history/no-such").status, 404, 400),
    ("http_dates", "no-date"): Look(_dates, (True, True, True), (False, True, False)),
    ("http_dates", "other-form"): Look(_dates, (True, True, True), (True, False, False)),
    ("http_dates", "later"): Look(_dates, (True, True, True), (True, True, False)),
    ("request_ids", "absent"): Look(_ids, ("of-mine", ""), ("", "")),
    ("request_ids", "own"): Look(_ids, ("of-mine", ""), ("supplier", "")),
    ("request_ids", "own-beside-ours"): Look(_ids, ("of-mine", ""), ("supplier", "of-mine")),
    ("metadata_tag", "absent"): Look(_tags, (True, True, True), (False, True, True)),
    ("metadata_tag", "constant"): Look(_tags, (True, True, True), (True, False, True)),
    ("metadata_tag", "of-format"): Look(_tags, (True, True, True), (True, True, False)),
    ("metadata_tag", "of-each-answer"): Look(_tags, (True, True, True), (True, True, False)),
    ("security_stated", "absent"): Look(_security, CODED, ["cors"]),
    ("security_stated", "in-words"): Look(_security, CODED, ["cors", "description"]),
    ("statement", "lacks-mode"): Look(_stated, (True, "token"), (False, "token")),
    ("statement", "odd-search-type"): Look(_stated, (True, "token"), (True, "fuzzy")),
    ("encoding", "latin-1"): Look(_bytes, "utf-8", "latin-1"),
    ("encoding", "bom"): Look(_bytes, "utf-8", "bom"),
    ("compression", "none"): Look(_compressed, ("gzip", "readable"), ("", "readable")),
    ("compression", "broken"): Look(_compressed, ("gzip", "readable"), ("gzip", "unreadable")),
    ("cors", "closed"): Look(_preflight, (204, "*"), (401, "")),
    ("cors", "registered"): Look(_preflight, (204, "*"), (204, "")),
    ("operations", "unserved"): Look(_operations, (200, 10, [200] * 3), (404, 0, [200] * 3)),
    ("operations", "wanting"): Look(_operations, (200, 10, [200] * 3), (400, 0, [200] * 3)),
    ("operations", "invalid-is-400"): Look(_operations, (200, 10, [200] * 3), (200, 10, [200, 400, 400])),
    ("oddity", "empty-list"): Look(_member("note"), None, []),
    ("oddity", "odd-time"): Look(_member("issued"), None, "2026-01-06 10:25:00"),
    ("oddity", "no-status"): Look(lambda c: "status" in _members(c), True, False),
    ("oddity", "orphan"): Look(lambda c: "contained" in _members(c), False, True),
    ("oddity", "dangling"): Look(
        lambda c: _member("encounter")(c)["reference"], "Encounter/enc-002", "Encounter/enc-999"
    ),
    ("oddity", "relative-extension"): Look(lambda c: "extension" in _members(c), False, True),
    ("oddity", "script"): Look(_narrative, "", "<p"),
    ("oddity", "styled-narrative"): Look(_narrative, "", "<table"),
    ("oddity", "wrong-status"): Look(_member("status"), "final", "finished"),
    ("oddity", "odd-unit"): Look(_unit, "kg", "kilos"),
    ("oddity", "annotated-unit"): Look(_unit, "kg", "kg{without_shoes}"),
    ("oddity", "false-claim"): Look(_claim, "bodyweight", "heartrate"),
    ("oddity", "local-claim"): Look(_claim, "bodyweight", "ward-weight|2.1.0"),
    ("oddity", "newer-code"): Look(lambda c: len(_member("category")(c)), 1, 2),
    ("oddity", "month-alone"): Look(lambda c: len(_member("effectiveDateTime")(c)), 25, 7),
    ("documents", "right"): Look(_kept, ["404"], ["document", "document", "True", "Composition"]),
    ("documents", "no-identifier"): Look(_kept, ["404"], ["document", "document", "False", "Composition"]),
    ("documents", "no-composition"): Look(_kept, ["404"], ["document", "document", "True", "Patient"]),
    ("documents", "message"): Look(_kept, ["404"], ["message", "message", "False", "MessageHeader", "pat-001"]),
    ("documents", "no-header"): Look(_kept, ["404"], ["message", "message", "False", "Patient"]),
    ("documents", "focus-elsewhere"): Look(_kept, ["404"], ["message", "message", "False", "MessageHeader", "pat-999"]),
}
"""By switch and value: what the server shows."""
