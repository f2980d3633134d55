"""What each value of a switch changes: healthy and changed, side by side. Others look their files up here."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from fixtures.supplier import nhs_number
from fixtures.supplier.nhs_number import SYSTEM
from fixtures.supplier.people import VERIFICATION
from fixtures.supplier.switches import DataSwitches
from tests.fixture_supplier.client import FORM, Answer, Client, leaf, link, matches
from tests.fixture_supplier.hello import first_record
from tests.fixture_supplier.rest_looks import LOOKS

Exported = dict[str, list[dict[str, Any]]]
"""Resource type → exported resources."""


@dataclass(frozen=True)
class Shown:
    """What is looked at, and what it is for the healthy and for the other supplier."""

    look: Callable[[Client], object]
    healthy: object
    other: object


@dataclass(frozen=True)
class Handed:
    """What is looked at in an export, and what it is for the healthy and for the other one."""

    look: Callable[[Exported], object]
    healthy: object
    other: object


def changed(switches: DataSwitches) -> set[tuple[str, object]]:
    """(switch, value) for each switch that is not healthy."""
    healthy = type(switches)()
    pairs = ((field.name, getattr(switches, field.name)) for field in fields(switches))
    return {(name, value) for name, value in pairs if value != getattr(healthy, name)}


def _status(path: str, **headers: str) -> Callable[[Client], int]:
    return lambda client: client.get(path, **headers).status


def _metadata(client: Client) -> Any:
    return client.send("/metadata", token="").json()


def _supported(client: Client) -> list[int]:
    declared = client.send("/metadata", token="").json()["rest"][0]["resource"]
    return [len(each.get("supportedProfile", [])) for each in declared]


def _appointment(client: Client) -> tuple[bool, int]:
    declared = [each["type"] for each in _metadata(client)["rest"][0]["resource"]]
    return "Appointment" in declared, client.get("/Appointment").status


def _xml(client: Client) -> tuple[bool, int, str]:
    answer = client.get("/Patient/pat-001", Accept="application/fhir+xml")
    declared = "application/fhir+xml" in _metadata(client)["format"]
    return declared, answer.status, answer.header("Content-Type").partition(";")[0]


def _issue(client: Client) -> Any:
    return client.get("/Patient/not-there").json()["issue"][0]


def _names_somebody(client: Client) -> bool:
    return "Maud Abernquill" in _issue(client)["diagnostics"]


def _phone_of_first(client: Client) -> str:
    return str(client.get("/Patient/pat-001").json()["telecom"][0]["value"])[:9]


def _diagnostics(client: Client) -> list[bool]:
    answers = (client.get("/Patient/not-there"), client.send("/Patient", token=""), client.get("/Patient?_count=x"))
    return ["Traceback (most recent" in answer.json()["issue"][0]["diagnostics"] for answer in answers]


def _etags(client: Client) -> list[str]:
    return [client.get(path).header("ETag") for path in ("/Patient/pat-001", "/Patient/pat-001/_history/1")]


def _history(client: Client) -> tuple[str, list[str]]:
    bundle = client.get("/Patient/pat-001/_history").json()
    return bundle["type"], [each["resource"]["meta"]["versionId"] for each in bundle["entry"]]


def _kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["resourceType"]


def _self_links(client: Client) -> list[str]:
    """For a search with a parameter that is not known, below the type."""
    bundle = client.get("/Patient?family=abern&_conformanceProbe=1").json()
    return [each["url"].rpartition("/")[2] for each in bundle.get("link", ()) if each["relation"] == "self"]


def _post(client: Client) -> tuple[int, list[str]]:
    answer = client.send("/Patient/_search", "POST", headers=FORM, body="family=abern")
    return answer.status, matches(answer.json())


def _malformed(client: Client) -> list[int]:
    paths = ("/Patient?birthdate=soon", "/Patient?_count=-1", "/Patient?birthdate=1983-06-17")
    return [client.get(path).status for path in paths]


def _tokens(client: Client) -> list[list[str]]:
    values = ("9990000018", f"{SYSTEM}|9990000018", "https://other.example|9990000018", "|9990000018")
    return [client.ids(f"/Patient?identifier={value}") for value in values]


def _page_length(client: Client) -> int:
    return len(client.ids("/Patient?_count=2"))


def _full_url(client: Client) -> str:
    url: str = client.get("/Patient?_id=pat-001").json()["entry"][0]["fullUrl"]
    return url.replace(client.served.base_url, "BASE")


def _next_link(client: Client) -> list[bool]:
    """Whether the NHS number of the row before stands in the next link; whether the walk is the same."""
    bundle = client.get("/Patient?_count=2").json()
    number = bundle["entry"][-1]["resource"]["identifier"][0]["value"]
    walked = [row for page in client.walk("/Patient?_count=2") for row in page]
    return [f"_after={number}" in (link(bundle, "next") or ""), walked == client.ids("/Patient?_count=50")]


def _hellos(client: Client) -> list[str]:
    """What is said to TLS 1.0, 1.1 and to a client that speaks only 1.2 and newer."""
    said = [first_record(client.served.port, version)[0] for version in (0x0301, 0x0302)]
    try:
        client.get("/Patient")
    except ssl.SSLError:
        return [*said, "refused"]
    return [*said, "answered"]


def _certificate(client: Client) -> str:
    """What a client says that trusts the authority and checks names."""
    try:
        return str(client.get("/Patient").status)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message.partition(",")[0]


def _short_key(client: Client) -> tuple[int, int]:
    """The size of the key, and what a client gets that puts up with short ones."""
    key = leaf(client.served).public_key()
    context = ssl.create_default_context(cafile=str(client.served.ca))
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    size = key.key_size if isinstance(key, rsa.RSAPublicKey) else 0
    return size, client.send("/Patient", context=context).status


def _header(name: str, path: str = "/Patient/pat-001") -> Callable[[Client], str]:
    return lambda client: client.get(path).header(name)


def _bundle_schemes(client: Client) -> list[str]:
    bundles = [client.get(path).json() for path in ("/Patient", "/Patient/pat-001/_history")]
    return [(link(bundle, "self") or "").partition(":")[0] for bundle in bundles]


def _challenges(client: Client) -> list[bool]:
    """Whether there is one without credentials, and to a bad token."""
    return [bool(client.send("/Patient", token=token).header("WWW-Authenticate")) for token in ("", "garbage")]


def _unsecured(client: Client, spelt: str = "none") -> str:
    claims = jwt.decode(client.served.token(), options={"verify_signature": False})
    _, payload, _ = jwt.encode(claims, "", algorithm="none").split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": spelt, "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}."


def _opened(client: Client) -> dict[str, int]:
    """What each kind of token gets; ``good`` first."""
    good = client.served.token()
    tokens = {
        "good": good,
        "garbage": "not-a-token",
        "unsecured": _unsecured(client),
        "unsecured, spelt oddly": _unsecured(client, "nOnE"),
        "no signature": good.rpartition(".")[0] + ".",
        "altered": good[:-6] + "AAAAAA",
    }
    found = {name: client.send("/Patient/pat-001", token=token).status for name, token in tokens.items()}
    found["in the query"] = client.send(f"/Patient/pat-001?access_token={good}", token="").status
    found["bad in the query"] = client.send("/Patient/pat-001?access_token=a.b.c", token="").status
    return found


_REFUSED = {
    "good": 200,
    "garbage": 401,
    "unsecured": 401,
    "unsecured, spelt oddly": 401,
    "no signature": 401,
    "altered": 401,
    "in the query": 401,
    "bad in the query": 401,
}


def _agents(client: Client) -> list[bool]:
    client.get("/Patient/pat-001")
    lines = client.served.audit_log.read_text(encoding="utf-8").splitlines()
    return ["agent" in json.loads(lines[-1])]


def _audit_names(client: Client) -> list[str]:
    client.get("/Patient/pat-001")
    lines = client.served.audit_log.read_text(encoding="utf-8").splitlines()
    return list(json.loads(lines[-1]))[:2]


def _last(client: Client) -> dict[str, Any]:
    """The last patient."""
    found: dict[str, Any] = client.get("/Patient?_count=50").json()["entry"][-1]["resource"]
    return found


def _form_of(patient: dict[str, Any]) -> str:
    """The NHS number with an N for each digit, and a mark for what it is."""
    value = patient["identifier"][0]["value"]
    if not isinstance(value, str):
        return type(value).__name__
    form = "".join("N" if sign.isdigit() else sign for sign in value)
    return f"{form} {'right' if nhs_number.is_valid(value.replace(' ', '')) else 'wrong'}"


def _first(client: Client) -> dict[str, Any]:
    """The first patient."""
    found: dict[str, Any] = client.get("/Patient/pat-001").json()
    return found


def _told(patient: dict[str, Any]) -> list[bool]:
    """Whether the narrative shows the number in groups, and whether it tells of an order."""
    grouped = nhs_number.spaced(patient["identifier"][0]["value"])
    return [grouped in patient["text"]["div"], "order" in patient["text"]["div"]]


def _systems(patients: list[dict[str, Any]]) -> int:
    """How many of them have an identifier under the system of NHS numbers."""
    return sum(1 for one in patients if one["identifier"][0]["system"] == SYSTEM)


def _in_words(patient: dict[str, Any]) -> bool:
    (extension,) = patient["identifier"][0]["extension"]
    return "text" in extension["valueCodeableConcept"]


def _by_number(client: Client) -> tuple[int, bool]:
    """How many a search by the first patient's number finds, and whether it shows their names."""
    found = client.get(f"/Patient?identifier={SYSTEM}%7C{next(nhs_number.numbers())}").json()
    return found["total"], any("name" in entry["resource"] for entry in found.get("entry", []))


def _bundle_labels(client: Client) -> list[str]:
    """The labels of a searchset that holds the restricted patient."""
    found = client.get("/Patient?_id=pat-011").json()
    return [label["code"] for label in found.get("meta", {}).get("security", [])]


def _related(client: Client) -> list[tuple[str, bool]]:
    """Whose related people there are, and whether they have a telephone."""
    found = [entry["resource"] for entry in client.get("/RelatedPerson").json()["entry"]]
    return [(one["patient"]["reference"].removeprefix("Patient/"), "telecom" in one) for one in found]


def _by_location(client: Client) -> tuple[list[str], int]:
    """Whom a search for the restricted patient gives among those with a postcode, and how many it counts."""
    found = client.get("/Patient?_id=pat-011&address-postalcode:missing=false").json()
    return [entry["resource"]["id"] for entry in found.get("entry", [])], found["total"]


def _by_spaced_number(client: Client) -> tuple[int, int]:
    """The status of a search by the first patient's number in groups, and how many it finds."""
    number = nhs_number.spaced(next(nhs_number.numbers())).replace(" ", "%20")
    answer = client.get(f"/Patient?_count=50&identifier={SYSTEM}%7C{number}")
    return answer.status, len(answer.json().get("entry", []))


def _verification(patient: dict[str, Any]) -> str:
    (extension,) = patient["identifier"][0]["extension"]
    assert extension["url"] == VERIFICATION
    code: str = extension["valueCodeableConcept"]["coding"][0]["code"]
    return code


def _id_is_number(patient: dict[str, Any]) -> bool:
    return bool(patient["id"] == patient["identifier"][0]["value"])


def _id_is_nobodys(patient: dict[str, Any]) -> tuple[bool, bool]:
    return nhs_number.is_valid(patient["id"]), _id_is_number(patient)


def _dead_before_birth(patient: dict[str, Any]) -> bool:
    return bool(patient.get("deceasedDateTime", "9999") < patient["birthDate"])


def _loose_ends(resources: list[dict[str, Any]]) -> int:
    """How many references lead to nothing among these."""
    there = {f"{each['resourceType']}/{each['id']}" for each in resources}
    return sum(reference not in there for each in resources for reference in _references(each))


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []


def _everything(client: Client) -> list[dict[str, Any]]:
    kinds = [each["type"] for each in _metadata(client)["rest"][0]["resource"]]
    bundles = (client.get(f"/{kind}?_count=100").json() for kind in kinds)
    return [entry["resource"] for bundle in bundles for entry in bundle.get("entry", ())]


def _served_loose_ends(client: Client) -> int:
    return _loose_ends(_everything(client))


def _opens(name: str) -> Shown:
    """A switch by which that token opens the records, and no other does."""
    return Shown(_opened, _REFUSED, {**_REFUSED, name: 200})


JSON = "application/fhir+json"
YEAR = "max-age=31536000; includeSubDomains"
RIGHT_TOKENS = [["pat-001"], ["pat-001"], [], []]


def _lines(client: Client) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.served.audit_log.read_text(encoding="utf-8").splitlines()]


def _logged(client: Client, path: str = "/Patient") -> Any:
    """The event of one request."""
    client.get(path, X_Request_ID="of-this-look")
    events = [line for line in _lines(client) if line.get("resourceType") == "AuditEvent"]
    mine = [one for one in events if one["entity"][-1]["what"]["identifier"]["value"] == "of-this-look"]
    return mine[-1]


def _minutes_before(written: float, event: dict[str, Any]) -> int:
    recorded = datetime.fromisoformat(event["recorded"])
    return round((written - recorded.timestamp()) / 60)


def _minutes_late(client: Client) -> int:
    event = _logged(client)
    return _minutes_before(client.served.audit_log.stat().st_mtime, event)


def _newest_is_last(client: Client) -> bool:
    client.get("/Patient", X_Request_ID="older")
    client.get("/Patient", X_Request_ID="newer")
    text = client.served.audit_log.read_text(encoding="utf-8")
    return text.rindex('"newer"') > text.rindex('"older"')


def _coded(query: str) -> str:
    return base64.b64encode(query.encode()).decode()


def _chain_holds(client: Client) -> bool | None:
    """None without a chain."""
    client.get("/Patient")
    head, declared = "", None
    for line in client.served.audit_log.read_bytes().splitlines():
        if line.startswith(b'{"chain"'):
            declared = json.loads(line)["head"]
        else:
            head = hashlib.sha256(head.encode() + line).hexdigest()
    return None if declared is None else declared == head


def _restricted_event(client: Client) -> tuple[bool, bool]:
    event = _logged(client, "/Patient/pat-001")
    return "securityLabel" in event["entity"][0], "purposeOfEvent" in event


def _claimed_includes(client: Client) -> bool:
    named = client.send("/metadata", token="").json()["rest"][0]["resource"]
    return any("searchInclude" in one for one in named)


def _claimed_much(client: Client) -> tuple[bool, int]:
    """Is a type in the statement that there are no records of, and how many odd names have parameters of Condition."""
    named = {one["type"]: one for one in client.send("/metadata", token="").json()["rest"][0]["resource"]}
    names = [one["name"] for one in named["Condition"]["searchParam"]]
    return "Slot" in named, sum(name in ("path", "role") for name in names)


def _claimed(client: Client) -> tuple[bool, bool, int]:
    """Is Condition in the statement, is it searched by severity, and how many are found by a severity of nobody."""
    named = {one["type"]: one for one in client.send("/metadata", token="").json()["rest"][0]["resource"]}
    condition = named.get("Condition", {})
    by_severity = "severity" in [one["name"] for one in condition.get("searchParam", [])]
    return bool(condition), by_severity, len(client.ids("/Condition?severity=none&_count=1"))


SERVED: dict[tuple[str, object], Shown] = {
    ("claimed", "more-parameters"): Shown(_claimed, (True, False, 1), (True, True, 1)),
    ("claimed", "without-condition"): Shown(_claimed, (True, False, 1), (False, False, 1)),
    ("claimed", "much"): Shown(_claimed_much, (False, 0), (True, 2)),
    ("claimed", "little"): Shown(_claimed_includes, True, False),
    ("old_versions", "not-kept"): Shown(
        lambda c: [c.get(f"/Patient/pat-001{path}").status for path in ("", "/_history", "/_history/1")],
        [200, 200, 200],
        [200, 404, 404],
    ),
    ("includes", "not-implemented"): Shown(_status("/Encounter?_include=Encounter:patient"), 200, 501),
    ("metadata", "not-found"): Shown(_status("/metadata"), 200, 404),
    ("declares_unserved", True): Shown(_appointment, (False, 404), (True, 404)),
    ("names_uk_core", False): Shown(_supported, [1] * 10, [0] * 10),
    ("claims_xml", True): Shown(_xml, (False, 406, JSON), (True, 200, JSON)),
    ("issue_code", "invented"): Shown(lambda c: _issue(c)["code"], "not-found", "record-trouble"),
    ("diagnostics", "patient"): Shown(_names_somebody, False, True),
    ("diagnostics", "order-number"): Shown(lambda c: "order no." in _issue(c)["diagnostics"], False, True),
    ("contact", "other-phone"): Shown(_phone_of_first, "01632 960", "01632 961"),
    ("contact", "test-domain"): Shown(_phone_of_first, "01632 960", "person1@m"),
    ("diagnostics", "stack-trace"): Shown(_diagnostics, [False] * 3, [True] * 3),
    ("etag", "absent"): Shown(_etags, ['W/"2"', 'W/"1"'], ["", ""]),
    ("etag", "strong"): Shown(_etags, ['W/"2"', 'W/"1"'], ['"2"', '"1"']),
    ("etag", "other-version"): Shown(_etags, ['W/"2"', 'W/"1"'], ['W/"3"', 'W/"2"']),
    ("unknown_type", "empty-bundle"): Shown(
        lambda c: [_kind(c.get(path)) for path in ("/NoSuchType", "/NoSuchType/1")],
        [(404, "OperationOutcome")] * 2,
        [(200, "Bundle")] * 2,
    ),
    ("history", "searchset"): Shown(_history, ("history", ["2", "1"]), ("searchset", ["2", "1"])),
    ("history", "oldest-first"): Shown(_history, ("history", ["2", "1"]), ("history", ["1", "2"])),
    ("no_match", "404"): Shown(
        lambda c: _kind(c.get("/Patient?family=nobody")), (200, "Bundle"), (404, "OperationOutcome")
    ),
    ("unknown_parameter", "refused"): Shown(
        lambda c: c.get("/Patient?_conformanceProbe=1", Prefer="handling=lenient").status, 200, 400
    ),
    ("self_link", "absent"): Shown(_self_links, ["Patient?family=abern"], []),
    ("self_link", "echoes-all"): Shown(
        _self_links, ["Patient?family=abern"], ["Patient?family=abern&_conformanceProbe=1"]
    ),
    ("self_scheme", "http"): Shown(_bundle_schemes, ["https"] * 2, ["http"] * 2),
    ("post_search", "405"): Shown(_post, (200, ["pat-001"]), (405, [])),
    ("post_search", "ignores-body"): Shown(
        lambda c: (_post(c)[0], len(_post(c)[1]) == len(c.ids("/Patient"))), (200, False), (200, True)
    ),
    ("malformed_value", "ignored"): Shown(_malformed, [400, 400, 200], [200, 200, 200]),
    ("malformed_value", "500"): Shown(_malformed, [400, 400, 200], [500, 500, 200]),
    ("token_search", "ignores-system"): Shown(_tokens, RIGHT_TOKENS, [["pat-001"]] * 4),
    ("token_search", "ignores-value"): Shown(lambda c: len(_tokens(c)[1]) > 1, False, True),
    ("count", "ignored"): Shown(lambda c: _page_length(c) > 2, False, True),
    ("full_url", "relative"): Shown(_full_url, "BASE/Patient/pat-001", "Patient/pat-001"),
    ("full_url", "other-id"): Shown(_full_url, "BASE/Patient/pat-001", "BASE/Patient/pat-001-0"),
    ("links", "nhs-number"): Shown(_next_link, [False, True], [True, True]),
    ("garbage_token", "accepted"): _opens("garbage"),
    ("alg_none", "accepted"): _opens("unsecured"),
    ("alg_none", "accepted-in-odd-case"): _opens("unsecured, spelt oddly"),
    ("query_token", "accepted"): _opens("in the query"),
    ("challenge", "absent-for-bad-token"): Shown(_challenges, [True, True], [True, False]),
    ("hsts", "absent"): Shown(_header("Strict-Transport-Security"), YEAR, ""),
    ("hsts", "short"): Shown(_header("Strict-Transport-Security"), YEAR, "max-age=3600"),
    ("server_header", "nginx/1.18.0"): Shown(_header("Server"), "", "nginx/1.18.0"),
    ("server_header", "nginx"): Shown(_header("Server"), "", "nginx"),
    ("cache_control", "public"): Shown(_header("Cache-Control"), "no-store", "public, max-age=3600"),
    ("cache_control", "for-a-while"): Shown(_header("Cache-Control"), "no-store", "max-age=600"),
    ("cache_control", "absent"): Shown(_header("Cache-Control"), "no-store", ""),
    ("nosniff", False): Shown(_header("X-Content-Type-Options"), "nosniff", ""),
    ("audit", "no-agent"): Shown(_agents, [True], [False]),
    ("audit_form", "own"): Shown(_audit_names, ["resourceType", "type"], ["at", "what"]),
    ("tls", "weak"): Shown(_hellos, ["alert", "alert", "answered"], ["server-hello", "server-hello", "answered"]),
    ("tls", "only-old"): Shown(_hellos, ["alert", "alert", "answered"], ["server-hello", "server-hello", "refused"]),
    ("certificate", "expired"): Shown(_certificate, "200", "certificate has expired"),
    ("certificate", "self-signed"): Shown(_certificate, "200", "self-signed certificate"),
    ("certificate", "other-host"): Shown(_certificate, "200", "IP address mismatch"),
    ("certificate", "rsa-1024"): Shown(_short_key, (0, 200), (1024, 200)),
    ("nhs_number", "wrong-check-digit"): Shown(lambda c: _form_of(_last(c)), "N" * 10 + " right", "N" * 10 + " wrong"),
    ("nhs_number", "json-number"): Shown(lambda c: _form_of(_last(c)), "N" * 10 + " right", "int"),
    ("nhs_number", "spaced"): Shown(lambda c: _form_of(_last(c)), "N" * 10 + " right", "NNN NNN NNNN right"),
    ("verification_status", "contradicts"): Shown(lambda c: _verification(_last(c)), "01", "07"),
    ("verification_status", "unknown-code"): Shown(lambda c: _verification(_last(c)), "01", "99"),
    ("logical_id", "nhs-number"): Shown(
        lambda c: (_id_is_number(_last(c)), c.get(f"/Patient/{_last(c)['id']}").status, _served_loose_ends(c)),
        (False, 200, 0),
        (True, 200, 0),
    ),
    ("logical_id", "ten-digits"): Shown(lambda c: _id_is_nobodys(_last(c)), (False, False), (True, False)),
    ("dates", "dead-before-birth"): Shown(lambda c: _dead_before_birth(_last(c)), False, True),
    ("dates", "died-at-birth"): Shown(lambda c: _last(c).get("deceasedDateTime"), None, "1957-01-18T23:40:00+00:00"),
    ("odd_references", True): Shown(_served_loose_ends, 0, 4),
    ("narrative", "ungrouped"): Shown(lambda c: _told(_first(c)), [True, False], [False, False]),
    ("narrative", "order-number"): Shown(lambda c: _told(_first(c)), [True, False], [True, True]),
    ("nhs_number", "other-system"): Shown(lambda c: _systems([_last(c)]), 1, 0),
    ("nhs_number", "none"): Shown(lambda c: _systems([_first(c), _last(c)]), 2, 0),
    ("verification_status", "absent"): Shown(lambda c: "extension" in _last(c)["identifier"][0], True, False),
    ("verification_status", "in-words"): Shown(lambda c: _in_words(_last(c)), False, True),
    ("number_search", "bare"): Shown(_by_number, (1, True), (1, False)),
    ("number_search", "finds-nobody"): Shown(_by_number, (1, True), (0, False)),
    ("bundle_label", "normal"): Shown(_bundle_labels, ["R"], ["N"]),
    ("bundle_label", "absent"): Shown(_bundle_labels, ["R"], []),
    ("related_person", "of-restricted"): Shown(_related, [("pat-001", True)], [("pat-001", True), ("pat-011", True)]),
    ("related_person", "without-place"): Shown(_related, [("pat-001", True)], [("pat-001", True), ("pat-011", False)]),
    ("number_in_reference", True): Shown(
        lambda c: "asserter" in c.get("/Condition?_count=50").json()["entry"][-1]["resource"], False, True
    ),
    ("restricted_search", "found"): Shown(_by_location, ([], 0), (["pat-011"], 1)),
    ("restricted_search", "counted"): Shown(_by_location, ([], 0), ([], 1)),
    ("spaced_number", "first-group"): Shown(_by_spaced_number, (200, 1), (200, 12)),
    ("spaced_number", "refused"): Shown(_by_spaced_number, (200, 1), (400, 0)),
    ("invalidated", "served"): Shown(_status("/Patient/pat-900"), 404, 200),
    ("dangling_reference", True): Shown(_served_loose_ends, 0, 1),
    ("speaks_xml", True): Shown(_xml, (False, 406, JSON), (True, 200, "application/fhir+xml")),
}
"""By switch and value: what the server shows."""


def _all(exported: Exported) -> list[dict[str, Any]]:
    return [each for kind in exported.values() for each in kind]


def _restricted(exported: Exported) -> tuple[list[str], bool]:
    """The labels of the restricted patient, and whether there is a telephone."""
    (one,) = (each for each in exported["Patient"] if each["id"] == "pat-011")
    return [label["code"] for label in one["meta"].get("security", [])], "telecom" in one


def _sent(exported: Exported) -> list[int]:
    """How many identifiers the patient of each message has."""
    return [len(bundle["entry"][1]["resource"]["identifier"]) for bundle in exported.get("Bundle", [])]


OBSERVATIONS = 38
SERVED |= {
    ("audit", "wrong-action"): Shown(lambda c: _logged(c)["action"], "E", "X"),
    ("audit_clock", "hour-off"): Shown(lambda c: _minutes_late(c) // 10, 0, 6),
    ("audit_clock", "newest-first"): Shown(lambda c: _newest_is_last(c), True, False),
    ("audit_query", "order-number"): Shown(
        lambda c: _logged(c)["entity"][0].get("query"),
        None,
        _coded("ServiceRequest?identifier=https://supplier.example/order|9990000018"),
    ),
    ("audit_query", "nhs-number"): Shown(
        lambda c: _logged(c)["entity"][0].get("query"),
        None,
        _coded("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"),
    ),
    ("audit_chain", "right"): Shown(lambda c: _chain_holds(c), None, True),
    ("audit_chain", "broken"): Shown(lambda c: _chain_holds(c), None, False),
    ("audit_restricted", "with-reason"): Shown(lambda c: _restricted_event(c), (False, False), (True, True)),
    ("audit_restricted", "without-reason"): Shown(lambda c: _restricted_event(c), (False, False), (True, False)),
}
WRITTEN: dict[tuple[str, object], Handed] = {
    ("machine_written", True): Handed(lambda e: [one["id"] for one in e.get("DocumentReference", [])], [], ["doc-900"]),
    ("nhs_number", "wrong-check-digit"): Handed(
        lambda e: _form_of(e["Patient"][-1]), "N" * 10 + " right", "N" * 10 + " wrong"
    ),
    ("nhs_number", "json-number"): Handed(lambda e: _form_of(e["Patient"][-1]), "N" * 10 + " right", "int"),
    ("nhs_number", "spaced"): Handed(lambda e: _form_of(e["Patient"][-1]), "N" * 10 + " right", "NNN NNN NNNN right"),
    ("verification_status", "contradicts"): Handed(lambda e: _verification(e["Patient"][-1]), "01", "07"),
    ("verification_status", "unknown-code"): Handed(lambda e: _verification(e["Patient"][-1]), "01", "99"),
    ("logical_id", "nhs-number"): Handed(
        lambda e: (_id_is_number(e["Patient"][-1]), _loose_ends(_all(e))), (False, 0), (True, 0)
    ),
    ("logical_id", "ten-digits"): Handed(lambda e: _id_is_nobodys(e["Patient"][-1]), (False, False), (True, False)),
    ("dates", "died-at-birth"): Handed(
        lambda e: e["Patient"][-1].get("deceasedDateTime"), None, "1957-01-18T23:40:00+00:00"
    ),
    ("odd_references", True): Handed(lambda e: _loose_ends(_all(e)), 0, 4),
    ("dates", "dead-before-birth"): Handed(lambda e: _dead_before_birth(e["Patient"][-1]), False, True),
    ("dangling_reference", True): Handed(lambda e: _loose_ends(_all(e)), 0, 1),
    ("narrative", "ungrouped"): Handed(lambda e: _told(e["Patient"][0]), [True, False], [False, False]),
    ("narrative", "order-number"): Handed(lambda e: _told(e["Patient"][0]), [True, False], [True, True]),
    ("nhs_number", "other-system"): Handed(lambda e: _systems(e["Patient"]), 12, 11),
    ("nhs_number", "none"): Handed(lambda e: _systems(e["Patient"]), 12, 0),
    ("verification_status", "absent"): Handed(lambda e: "extension" in e["Patient"][-1]["identifier"][0], True, False),
    ("verification_status", "in-words"): Handed(lambda e: _in_words(e["Patient"][-1]), False, True),
    ("related_person", "of-restricted"): Handed(lambda e: len(e["RelatedPerson"]), 1, 2),
    ("related_person", "without-place"): Handed(
        lambda e: ["telecom" in one for one in e["RelatedPerson"]], [True], [True, False]
    ),
    ("number_in_reference", True): Handed(lambda e: "asserter" in e["Condition"][-1], False, True),
    ("number_range", "northern-ireland"): Handed(lambda e: e["Patient"][-1]["identifier"][0]["value"][0], "9", "3"),
    ("withheld_code", True): Handed(lambda e: len(e["Condition"][-1]["code"]["coding"]), 1, 2),
    ("number_in_file_name", True): Handed(lambda e: "Organization" in e, True, False),
    ("restricted", "shows-telecom"): Handed(_restricted, (["R"], False), (["R"], True)),
    ("restricted", "unlabelled"): Handed(_restricted, (["R"], False), ([], False)),
    ("restricted", "local-code"): Handed(_restricted, (["R"], False), (["R", "SECRET"], False)),
    ("message", "without-number"): Handed(_sent, [], [1]),
    ("message", "with-number"): Handed(_sent, [], [2]),
    ("contact", "other-phone"): Handed(lambda e: e["Patient"][0]["telecom"][0]["value"][:9], "01632 960", "01632 961"),
    ("contact", "test-domain"): Handed(lambda e: e["Patient"][0]["telecom"][0]["value"][:9], "01632 960", "person1@m"),
    ("loses_row", True): Handed(
        lambda e: (len(e["Observation"]), len(e["Patient"])), (OBSERVATIONS, 12), (OBSERVATIONS - 1, 12)
    ),
    ("issuable_number", True): Handed(
        lambda e: (
            [nhs_number.is_valid(each["identifier"][0]["value"]) for each in e["Patient"]].count(True)
            - [each["identifier"][0]["value"].startswith("999") for each in e["Patient"]].count(True)
        ),
        0,
        1,
    ),
}
"""By switch and value: what stands in the export."""


def _by_secret(client: Client) -> tuple[Any, Any]:
    """The error of a login by secret, and how long its token says that it lives."""
    answer = client.obtain()
    return answer.get("error"), answer.get("expires_in")


def _shows_no_certificate(client: Client) -> bool:
    """Does somebody without a client certificate get an answer?"""
    try:
        return client.send("/metadata", token="").status == 200
    except OSError:
        return False


SERVED |= {
    ("token_login", "assertion"): Shown(_by_secret, (None, 600), ("invalid_client", None)),
    ("token_says", "longer"): Shown(_by_secret, (None, 600), (None, 1200)),
    ("token_says", "nothing"): Shown(_by_secret, (None, 600), (None, None)),
    ("client_certificate", "required"): Shown(_shows_no_certificate, True, False),
    ("caller_headers", "required"): Shown(_status("/Patient/pat-001"), 200, 400),
}

SERVED.update({key: Shown(one.look, one.healthy, one.other) for key, one in LOOKS.items()})
