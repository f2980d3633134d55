"""Errors that show somebody's data. Source: docs/policy.md#errors-name-nobody."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.passive import Alike, own_answers
from checker.detectors import Kind, Sureness, detect
from checker.detectors.people import names_of
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ERRORS = Every(selector=Selector(views=("fhir",), statuses=("4xx", "5xx")), cover=("read",))
_SHOWN = Every(selector=Selector(views=("fhir",), statuses=("2xx",)))
_LOOKED_AT = 50_000
_NUMBER, _NAME, _BORN, _CONTACT = "an NHS number", "the name of a patient", "a date of birth", "how to reach a patient"


@check(
    "errors.no-patient-data",
    params=OfType,
    needs=lambda p, settings: [
        _ERRORS,
        _SHOWN,
        Need(probe="fhir.unknown-id", params=p),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="errors.provoked", params=p, optional=True),
    ],
    source="docs/policy.md#errors-name-nobody",
)
def no_patient_data(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """No error shows data of a patient that whoever asked had not sent.

    Looks at the first 50,000 characters of every answer with status 400 to 599: of those that come along, of a read
    of an unknown id, and, where deliberately wrong requests are allowed, of those too. Looked for are the NHS numbers,
    names (given and family name together), telephone numbers and e-mail addresses of the patients that this run was
    shown; and of anybody an NHS number or date of birth with words before it that say so. What the request itself
    held may come back: an error may name what was wrong. Stack traces are for *errors show nothing of the inside*.

    Good: ``"diagnostics": "No such patient."``. Bad: ``"diagnostics": "Duplicate of Amina Kestrelby, DOB 1979-04-05"``.
    """
    people = _People(ev.every(_SHOWN))
    wrong = Alike(expected="what was wrong with the request, and nothing of a record", place="body of the answer")
    for exchange in own_answers(ev, _ERRORS):
        if exchange.request.method == "HEAD":
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer {exchange.status} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        found = sorted(set(_shown(exchange, people)))
        for name in found:
            wrong.add(f"Errors show {name}.", f"{name} (masked)", exchange)
        if not found:
            yield Examined(
                what="Errors show no data of a patient.", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
    yield from wrong.findings()


class _People:
    """What is known of the patients that were shown."""

    def __init__(self, shown: tuple[Exchange, ...]) -> None:
        self.numbers: set[str] = set()
        self.names: set[tuple[str, str]] = set()
        self.contacts: set[str] = set()
        for exchange in shown:
            for resource in _resources(exchange.json().value):
                self._take(resource)

    def _take(self, resource: dict[str, Any]) -> None:
        if resource.get("resourceType") != "Patient":
            return
        for identifier in _listed(resource, "identifier"):
            if is_nhs_number(identifier, NHS_NUMBER_SYSTEM) and (number := number_of(identifier["value"])):
                self.numbers.add(number)
        self.names |= {(given, family) for given, family in names_of(resource) if len(given) > 1 and len(family) > 1}
        for contact in _listed(resource, "telecom"):
            text = contact.get("value")
            if isinstance(text, str):
                self.contacts |= {hit.value for hit in detect(text, (Kind.EMAIL, Kind.PHONE))}


def _shown(exchange: Exchange, people: _People) -> Iterator[str]:
    """The sorts of data that an error shows and that its request did not hold."""
    text = html.unescape((exchange.body_bytes or b"")[:_LOOKED_AT].decode("utf-8", "replace"))
    sent = unquote_plus(exchange.request.url) + " " + unquote_plus(exchange.request.body.decode("utf-8", "replace"))
    own = {hit.value for hit in detect(sent, (Kind.NHS_NUMBER, Kind.EMAIL, Kind.PHONE, Kind.BIRTH_DATE))}
    lower, asked = text.casefold(), sent.casefold()
    for hit in detect(text, (Kind.NHS_NUMBER, Kind.EMAIL, Kind.PHONE, Kind.BIRTH_DATE)):
        if hit.value in own or hit.value in asked:
            continue
        if hit.kind is Kind.NHS_NUMBER and (hit.value in people.numbers or hit.sureness is Sureness.LABELLED):
            yield _NUMBER
        elif hit.kind is Kind.BIRTH_DATE:
            yield _BORN
        elif hit.value in people.contacts:
            yield _CONTACT
    for given, family in people.names:
        if family in lower and given in lower and not (family in asked and given in asked):
            words = _words(lower)
            if f" {given} {family} " in words or f" {family} {given} " in words:
                yield _NAME
                return


def _words(text: str) -> str:
    """The words of a text with one blank between, and around."""
    return " " + " ".join("".join(one if one.isalnum() or one in "'’-" else " " for one in text).split()) + " "


def _resources(value: Any) -> Iterator[dict[str, Any]]:
    """A resource, or those of a Bundle."""
    if not isinstance(value, dict):
        return
    if value.get("resourceType") != "Bundle":
        yield value
        return
    for entry in _listed(value, "entry"):
        if isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def _listed(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = node.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
