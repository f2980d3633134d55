"""What the client takes, and what it gets. Source: http://hl7.org/fhir/R4/http.html#mime-type and RFC 9110."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.bodies import answer, is_fhir, not_the_supplier, unanswered
from checker.checks.declared import other_than
from checker.checks.passive import Alike
from checker.checks.refusal import refusal
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_FORMAT = Need(probe="fhir.format-parameter", params=NoParams())
_PDF = Need(probe="fhir.not-acceptable", params=NoParams())
_VERSION = Need(probe="fhir.version-parameter", params=NoParams())
_GZIP = Need(probe="fhir.compressed", params=NoParams())
_BODIES = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_REFUSALS = frozenset({400, 406, 415})


@check(
    "negotiation.format-parameter",
    needs=lambda p, settings: [_FORMAT],
    source="http://hl7.org/fhir/R4/http.html#general",
)
def format_parameter(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``_format`` says which format comes, by its short name or its media type, whatever Accept says beside it.

    /metadata is asked for with ``_format=json`` and an Accept header that takes XML alone; then with ``_format=xml``
    where XML is declared, else with JSON's media type. Other formats are not tried, nor other spellings.

    Good: ``GET metadata?_format=json`` with ``Accept: application/fhir+xml`` brings JSON.
    Bad: it brings 406, 400, or XML.
    """
    view = ev.record(_FORMAT)
    for role, family in (("json", "json"), ("other", str(view.record.notes.get("other", "json")))):
        exchange = answer(view, role, f"GET metadata in {family.upper()}, asked for by _format")
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        doubt = not_the_supplier(exchange, "GET metadata with _format")
        actual = "" if doubt else other_than(exchange, family)
        if doubt is not None:
            yield doubt
        elif actual:
            yield Finding(
                message=f"_format asks for {family.upper()}, and it does not come.",
                expected=f"200 with application/fhir+{family}, whatever Accept says",
                actual=actual,
                place=exchange.request.url,
                evidence=(exchange.id,),
            )
        else:
            yield Examined(what=f"_format brings {family.upper()}.", evidence=(exchange.id,))


@check(
    "negotiation.not-acceptable",
    needs=lambda p, settings: [_PDF],
    source="http://hl7.org/fhir/R4/http.html#mime-type",
)
def not_acceptable(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A format that is not served is refused with 406.

    /metadata is asked for as FHIR JSON, and in the same minute as ``application/pdf``. 400 and 415 say the same less
    exactly, and are let pass.

    Good: 406 with an OperationOutcome.
    Bad: 200 with JSON that the client did not ask for, or 500.
    """
    for control, mutant in ev.record(_PDF).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="headers:accept",
            gives="CapabilityStatement",
            refused=lambda exchange: exchange.status in _REFUSALS,
            what="GET metadata as application/pdf",
            expected="406",
        )


@check(
    "negotiation.fhir-version",
    needs=lambda p, settings: [_VERSION],
    source="http://hl7.org/fhir/R4/http.html#version-parameter",
)
def fhir_version(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The MIME parameter ``fhirVersion`` is looked at: the server's own version is served, another one is refused.

    /metadata is asked for with the version of the profile, and with another one. A server that speaks both is right
    when the second answer says so: by ``fhirVersion`` in its Content-Type or in the statement.

    Good: ``Accept: application/fhir+json; fhirVersion=3.0`` is answered with 406 by a server of R4.
    Bad: with R4 as if nothing had been said, or with 500; or the version that is spoken is refused.
    """
    for control, mutant in ev.record(_VERSION).pairs():
        both = (control.id, mutant.id)
        doubts = [unanswered(one, "GET metadata") or not_the_supplier(one, "GET metadata") for one in (control, mutant)]
        doubt = next((one for one in doubts if one is not None), None)
        if doubt is not None:
            yield doubt
        elif control.status in _REFUSALS:
            yield Finding(
                message="The version of FHIR that is spoken here is refused when it is asked for.",
                expected="200, as without fhirVersion",
                actual=str(control.status),
                place=control.request.url,
                evidence=(control.id,),
            )
        elif _speaks(mutant):
            said = "Another version of FHIR was asked for, and the answer says that it is of that."
            yield Examined(what=said, evidence=both)
        else:
            yield from refusal(
                control,
                mutant,
                differs_in="headers:accept",
                gives="CapabilityStatement",
                refused=lambda exchange: exchange.status in _REFUSALS,
                what="GET metadata in another version of FHIR",
                expected="406, or an answer in that version which says so",
            )


def _speaks(exchange: Exchange) -> bool:
    """Does an answer say that it is of the version of FHIR that its request asks for?"""
    asked = (exchange.request.header("Accept") or "").rpartition("fhirVersion=")[2]
    if not exchange.ok or not asked:
        return False
    label = (exchange.header("Content-Type") or "").lower().replace(" ", "").replace('"', "")
    value = exchange.json().value
    stated = value.get("fhirVersion") if isinstance(value, dict) else None
    return f"fhirversion={asked}" in label or (isinstance(stated, str) and stated.startswith(f"{asked}."))


@check(
    "negotiation.compression",
    needs=lambda p, settings: [_METADATA, _GZIP],
    source="https://www.rfc-editor.org/rfc/rfc9110#section-8.4",
)
def compression(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Who takes gzip gets gzip that can be unpacked, with the same in it; or an answer that is not compressed.

    Good: ``Content-Encoding: gzip`` and a body that unpacks to the CapabilityStatement.
    Bad: that header over plain JSON, a body that breaks off, or a coding that was not asked for.
    """
    exchange = answer(ev.record(_GZIP), "gzip", "GET metadata with gzip")
    if isinstance(exchange, Undecided):
        yield exchange
        return
    coding = (exchange.header("Content-Encoding") or "").strip().lower()
    failure = exchange.failure
    whole = exchange.header("Content-Length") or exchange.header("Transfer-Encoding")
    if failure is not None and failure.cause == "protocol" and coding and whole:
        yield Finding(
            message="A compressed answer cannot be unpacked.",
            expected="gzip that unpacks to its end, or no compression",
            actual=failure.message[:120],
            place="header Content-Encoding",
            evidence=(exchange.id,),
        )
    elif failure is not None:
        yield Undecided(reason=failure.reason, message=f"GET metadata with gzip: {failure.message}")
    elif (doubt := not_the_supplier(exchange, "GET metadata with gzip")) is not None:
        yield doubt
    else:
        plain = ev.record(_METADATA).exchange("metadata")
        if plain is not None and plain.ok and exchange.status != plain.status:
            yield Finding(
                message="/metadata is answered otherwise when gzip is the one coding that is taken.",
                expected=str(plain.status),
                actual=str(exchange.status),
                place=exchange.request.url,
                evidence=(exchange.id, plain.id),
            )
            return
        if not exchange.ok or not is_fhir(exchange):
            message = f"GET metadata with gzip gave no resource ({exchange.status}), as without"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
            return
        said = "can be unpacked" if coding in ("gzip", "x-gzip") else "is not compressed, which is allowed"
        yield Examined(what=f"The answer to who takes gzip {said}.", evidence=(exchange.id,))


@check(
    "media-type.utf-8",
    params=OfType,
    needs=lambda p, settings: [_BODIES, _METADATA, Need(probe="fhir.sample", params=Sample(type=p.type))],
    source="http://hl7.org/fhir/R4/http.html#mime-type",
)
def utf_8(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every FHIR body is UTF-8 without a byte order mark, and no other charset stands in its Content-Type.

    R4 does not ask for the parameter ``charset``, so that an answer without it is right. Letter case and quotes are
    free (RFC 9110 section 8.3.2). Looked at are all bodies under a media type of FHIR or of JSON.

    Good: ``Content-Type: application/fhir+json; charset=UTF-8``, and ``é`` in two bytes.
    Bad: ``é`` in one byte, or ``charset=iso-8859-1``.
    """
    wrong = Alike(expected="UTF-8, without a byte order mark", place="body, and header Content-Type")
    for exchange in ev.every(_BODIES):
        body = exchange.body_bytes
        label = exchange.header("Content-Type") or ""
        if not body or exchange.lost or not any(word in label.lower() for word in ("fhir", "json")):
            continue
        kind = exchange.http.interaction
        named = _CHARSET.search(label)
        if named is not None and named[1].lower() not in ("utf-8", "utf8"):
            wrong.add(f"The answer to a {kind} names another charset.", named[1][:40], exchange)
        elif body.startswith(b"\xef\xbb\xbf"):
            wrong.add(f"The answer to a {kind} begins with a byte order mark.", "a byte order mark", exchange)
        elif not _decodes(body):
            wrong.add(f"The answer to a {kind} is not UTF-8.", "bytes that are not UTF-8", exchange)
        elif is_fhir(exchange):
            yield Examined(what="Bodies are UTF-8.", evidence=(exchange.id,), interaction=kind)
    yield from wrong.findings()


def _decodes(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
