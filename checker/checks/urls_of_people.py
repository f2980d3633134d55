"""URLs that the server makes, and what they say of patients. Source: OWASP ASVS 5.0.0, 14.2.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from checker.checks.leakage import urls_made
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.passive import Alike
from checker.fhir import bundle
from checker.model.asked import OfType, Paging, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("read", "search"))
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{5,1000}\.[A-Za-z0-9_-]{5,8000}\.")
_TOKEN_NAMES = frozenset({"access_token", "id_token", "refresh_token"})
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SHORTEST_NAME = 4
Known = dict[str, frozenset[str]]


def known_of(exchanges: tuple[Exchange, ...]) -> Known:
    """What patients that were shown are called, born, numbered, and where they live; values as URLs hold them."""
    found: dict[str, set[str]] = {
        "an NHS number": set(),
        "a family name": set(),
        "a birth date": set(),
        "a postcode": set(),
    }
    for exchange in exchanges:
        body = exchange.json()
        entries = [entry.get("resource") for _, entry in bundle.entries(body.value)]
        for one in entries if body.resource_type == "Bundle" else [body.value]:
            if isinstance(one, dict) and one.get("resourceType") == "Patient":
                _add(found, one)
    return {what: frozenset(values) for what, values in found.items()}


def _add(found: dict[str, set[str]], patient: dict[str, Any]) -> None:
    for node in _dicts(patient.get("identifier")):
        if is_nhs_number(node, NHS_NUMBER_SYSTEM) and (number := number_of(node["value"])):
            found["an NHS number"].add(number)
    for name in _dicts(patient.get("name")):
        family = name.get("family")
        if isinstance(family, str) and len(family) >= _SHORTEST_NAME:
            found["a family name"].add(family.lower())
    born = patient.get("birthDate")
    if isinstance(born, str) and _DATE.fullmatch(born):
        found["a birth date"].add(born)
    for address in _dicts(patient.get("address")):
        code = str(address.get("postalCode", "")).replace(" ", "").upper()
        if _POSTCODE.fullmatch(code):
            found["a postcode"].add(code)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def said_by(url: str, known: Known) -> frozenset[tuple[str, str]]:
    """What a URL says of somebody who was shown, and the value; of a name only as a whole value of the query.

    >>> sorted(said_by("https://s.example/Patient?after=Garthwell", {"a family name": frozenset({"garthwell"})}))
    [('a family name', 'garthwell')]
    """
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return frozenset()
    pieces = [*(unquote_plus(one) for one in parts.path.split("/")), *(value for _, value in pairs)]
    told: set[tuple[str, str]] = set()
    for piece in pieces:
        words = set(re.split(r"[^0-9A-Za-z-]+", piece))
        joined = piece.replace(" ", "").upper()
        told |= {("an NHS number", one) for one in known.get("an NHS number", ()) if one in words or one == joined}
        told |= {("a birth date", one) for one in known.get("a birth date", ()) if one in words}
        told |= {("a postcode", one) for one in known.get("a postcode", ()) if one == joined}
        if _TOKEN.search(piece):
            told.add(("a token", piece))
    told |= {
        ("a family name", one) for _, value in pairs for one in known.get("a family name", ()) if one == value.lower()
    }
    told |= {("a token", value) for name, value in pairs if name.lower() in _TOKEN_NAMES and value}
    return frozenset(told)


@check(
    "url.names-nobody",
    params=OfType,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="fhir.pages", params=Paging(type=p.type)),
    ],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x23-V14-Data-Protection.md",
)
def names_nobody(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """No URL that the server makes holds an NHS number, family name, birth date or postcode of a patient, or a token.

    Looked at in every answer: Location, Content-Location and Link; links, full URLs and locations of a Bundle. Only
    what patients have who were shown in this run counts, so that a local id of ten digits or a date of a search is
    none. What the client itself had asked for may come back. A service that uses the NHS number as its logical id (as
    PDS does) cannot meet this: its profile excludes the requirement, with that reason.

    Good: ``…/Patient?_page=7f0c``. Bad: ``…/Patient?_after=Garthwell``; ``…?access_token=…``.
    """
    exchanges = ev.every(_ANSWERS)
    known = known_of(exchanges)
    wrong = Alike(expected="a URL that names nobody", place="URLs that the server makes")
    seen = False
    for exchange in exchanges:
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        asked = said_by(exchange.request.url, known)
        sent = exchange.request.body.decode("utf-8", "replace")
        asked |= said_by(f"https://form.invalid/?{sent}", known) if sent else frozenset()
        told: set[tuple[str, str]] = set()
        for where, url in urls_made(exchange):
            seen = True
            told |= {(what, where) for what, _ in said_by(url, known) - asked}
        for what, where in sorted(told):
            wrong.add(
                f"{what[0].upper()}{what[1:]} stands in {where}.",
                f"{what} of a patient who was shown" if what != "a token" else what,
                exchange,
            )
        if not told:
            yield Examined(
                what="URLs that the server makes", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
    yield from wrong.findings()
    if not seen:
        yield Undecided(reason=Reason.NO_DATA, message="no answer holds a URL that the server made")
    if not all(known[what] for what in ("an NHS number", "a birth date")):
        message = "no patient was shown with NHS number and date of birth, so that none could be looked for"
        yield Undecided(reason=Reason.NO_DATA, message=message)
