"""Headers of the answers: HSTS, nosniff, caching, versions. Source: RFC 6797, OWASP ASVS 5.0.0, RFC 9110."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.passive import Alike, is_https, own_answers
from checker.fhir import bundle
from checker.model.asked import OfType, Sample
from checker.model.need import CheckNeed, Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))
_DATA = Every(
    selector=Selector(views=("fhir",), interactions=("read", "vread", "search", "page", "history"), statuses=("2xx",)),
    cover=("read", "search"),
)


def _sampled(every: Every, p: OfType) -> list[CheckNeed]:
    """All answers, with the requests that make sure that there are some."""
    return [
        every,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
    ]


ONE_YEAR_S = 31_536_000
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf"(?P<name>{_WORD})(?:[ \t]*=[ \t]*(?P<value>{_WORD}|\"(?:[^\"\\]|\\.)*\"))?")


def directives(value: str, separator: str = ";") -> dict[str, str] | None:
    """The directives of a header (RFC 6797 section 6.1, RFC 9111 section 5.2), names in lower case, values unquoted.

    None when the grammar does not hold or a directive comes twice.
    """
    found: dict[str, str] = {}
    for part in _split(value, separator):
        text = part.strip(" \t")
        if not text:
            continue
        match = _DIRECTIVE.fullmatch(text)
        if match is None or match["name"].lower() in found:
            return None
        found[match["name"].lower()] = (match["value"] or "").strip('"')
    return found


def _split(value: str, separator: str) -> list[str]:
    """At the separator, but not inside quotes."""
    return re.findall(rf"(?:[^{separator}\"]|\"(?:[^\"\\]|\\.)*\"|\")+", value)


@check(
    "headers.hsts",
    params=OfType,
    needs=lambda p, settings: _sampled(_ANSWERS, p),
    source="https://www.rfc-editor.org/rfc/rfc6797#section-6.1",
)
def hsts(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every answer over https carries one Strict-Transport-Security, for a year or more, with includeSubDomains.

    Looks at all answers of the endpoint, errors too: a header that is set for success alone is not seen
    by who meets an error first. Names of header and directives in any case, values quoted or not,
    unknown directives (preload) are free; a directive that comes twice makes the header void.
    Over http the header means nothing: then nothing is decided.

    Good: ``Strict-Transport-Security: max-age=31536000; includeSubDomains``.
    Bad: none; ``max-age=300``; ``max-age=0``; two such headers.
    """
    if not is_https(ev.supplier.base_url):
        yield Undecided(reason=Reason.PREREQUISITE, message="the endpoint is not https")
        return
    wrong = Alike(
        expected=f"Strict-Transport-Security: max-age={ONE_YEAR_S} or more; includeSubDomains",
        place="header Strict-Transport-Security",
    )
    for exchange in own_answers(ev, _ANSWERS):
        response = exchange.response
        if response is None or not is_https(exchange.request.url):
            continue
        problem, actual = _hsts_problem(response.values("Strict-Transport-Security"))
        if problem:
            wrong.add(problem, actual, exchange)
        else:
            yield Examined(
                what="Answers carry Strict-Transport-Security.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
    yield from wrong.findings()


def _hsts_problem(values: tuple[str, ...]) -> tuple[str, str]:
    """What is wrong with the header and what it says; two times "" if nothing is."""
    if not values:
        return "Answers lack Strict-Transport-Security.", "no such header"
    shown = ", ".join(values)[:120]
    if len(values) > 1:
        return "Answers carry Strict-Transport-Security more than once.", shown
    found = directives(values[0])
    age = found.get("max-age", "") if found is not None else ""
    if found is None or not (age.isascii() and age.isdigit()):
        return "Strict-Transport-Security cannot be read as RFC 6797 section 6.1 writes it.", shown
    seconds = age.lstrip("0") or "0"
    if len(seconds) < 12 and int(seconds) < ONE_YEAR_S:
        return "Strict-Transport-Security ends too soon.", shown
    if "includesubdomains" not in found:
        return "Strict-Transport-Security leaves subdomains out.", shown
    return "", ""


@check(
    "headers.nosniff",
    params=OfType,
    needs=lambda p, settings: _sampled(_ANSWERS, p),
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x12-V3-Web-Frontend-Security.md",
)
def nosniff(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every answer carries X-Content-Type-Options: nosniff.

    Looks at all answers of the endpoint, errors too: they echo what was asked, and a browser that guesses
    may run it. Letter case is free; of a list the first value counts, as in browsers.

    Good: ``X-Content-Type-Options: nosniff``.
    Bad: no such header.
    """
    wrong = Alike(expected="X-Content-Type-Options: nosniff", place="header X-Content-Type-Options")
    for exchange in own_answers(ev, _ANSWERS):
        found = exchange.header("X-Content-Type-Options")
        if (found or "").partition(",")[0].strip().lower() == "nosniff":
            yield Examined(
                what="Answers carry X-Content-Type-Options: nosniff.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
        elif found is None:
            wrong.add("Answers lack X-Content-Type-Options.", "no such header", exchange)
        else:
            wrong.add("X-Content-Type-Options is not nosniff.", found[:60], exchange)
    yield from wrong.findings()


_SOFTWARE = ("Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "Via")
_PROTOCOL = re.compile(r"\bFHIR \d+(?:\.\d+)+/[DSTUR]+\d\w?")
"""A version of FHIR is no version of software (HAPI names it here)."""
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,99}/v?\d+\.\d")
"""With a point in its version: ``Application-Gateway/v2`` is a name."""
_NUMBER = re.compile(r"(?<![\w.])v?\d+\.\d+")


def names_version(name: str, value: str) -> bool:
    """Does this header tell the version of a product? ``1.1`` at the start of Via is that of the protocol."""
    if name.lower() == "via":
        # RFC 9110 section 7.6.3: the protocol and its version come first in each element.
        rests = [part.strip().partition(" ")[2] for part in value.split(",")]
        return any(_PRODUCT.search(rest) for rest in rests)
    if name.lower().startswith("x-aspnet"):
        return any(character.isdigit() for character in value)
    text = _PROTOCOL.sub("", value)
    return bool(_PRODUCT.search(text) or _NUMBER.search(text))


@check(
    "headers.no-version",
    params=OfType,
    needs=lambda p, settings: _sampled(_ANSWERS, p),
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x22-V13-Configuration.md",
)
def no_version(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Server, X-Powered-By, X-AspNet-Version, X-AspNetMvc-Version and Via tell no version of a product.

    A name alone is fine, also with one number; so are the version of HTTP in Via and that of FHIR. Looks
    at all answers of the endpoint: error pages often come from another program than the data.

    Good: ``Server: nginx``; ``Via: 1.1 varnish``.
    Bad: ``Server: nginx/1.18.0``; ``X-Powered-By: PHP/7.4.3``; ``Via: 1.1 proxy (squid/3.5.20)``.
    """
    wrong = Alike(expected="the name of the product at most", place="headers that name software")
    for exchange in own_answers(ev, _ANSWERS):
        response = exchange.response
        if response is None:
            continue
        telling = [(name, value) for name in _SOFTWARE for value in response.values(name) if names_version(name, value)]
        for name, value in telling:
            wrong.add(f"The header {name} tells a version.", value[:80], exchange)
        if not telling:
            yield Examined(
                what="No header tells a version.", evidence=(exchange.id,), interaction=exchange.http.interaction
            )
    yield from wrong.findings()


_NOT_ABOUT_PATIENTS = frozenset(
    {
        "OperationOutcome",
        "CapabilityStatement",
        "CodeSystem",
        "ConceptMap",
        "Endpoint",
        "HealthcareService",
        "ImplementationGuide",
        "Location",
        "NamingSystem",
        "OperationDefinition",
        "Organization",
        "Parameters",
        "Practitioner",
        "PractitionerRole",
        "SearchParameter",
        "StructureDefinition",
        "TerminologyCapabilities",
        "ValueSet",
    }
)
"""Types that hold definitions or a directory, not records of patients."""


def holds_patient_data(exchange: Exchange) -> bool:
    """Does an answer hold a resource about a patient, and not definitions or a directory alone?"""
    body = exchange.json()
    kinds: list[object] = [body.resource_type]
    if body.resource_type == "Bundle":
        resources = [entry.get("resource") for _, entry in bundle.entries(body.value)]
        kinds = [resource.get("resourceType") for resource in resources if isinstance(resource, dict)]
    return any(isinstance(kind, str) and kind and kind not in _NOT_ABOUT_PATIENTS for kind in kinds)


@check(
    "headers.no-store",
    params=OfType,
    needs=lambda p, settings: _sampled(_DATA, p),
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x23-V14-Data-Protection.md",
)
def no_store(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Answers with data of patients carry Cache-Control: no-store.

    Looks at every successful read, vread, search, page and history that holds a resource about a
    patient: definitions and directories are left out, and so is /metadata. ``private`` and ``no-cache``
    still let a copy be kept on the device (RFC 9111 section 5.2.2).

    Good: ``Cache-Control: no-store``; ``Cache-Control: no-cache, no-store, must-revalidate``.
    Bad: none; ``public, max-age=3600``; ``private``.
    """
    wrong = Alike(expected="Cache-Control: no-store", place="header Cache-Control")
    for exchange in own_answers(ev, _DATA):
        response = exchange.response
        if response is None or response.wire.encoded_bytes == 0:
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        if not holds_patient_data(exchange):
            continue
        value = ", ".join(response.values("Cache-Control"))
        names = {part.partition("=")[0].strip().lower() for part in _split(value, ",")}
        if "no-store" in names:
            yield Examined(
                what="Answers with data of patients carry Cache-Control: no-store.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
            )
        elif not value:
            wrong.add("Answers with data of patients lack Cache-Control.", "no such header", exchange)
        elif "private" in names:
            wrong.add("Answers with data of patients may be kept on the device that asked.", value[:80], exchange)
        else:
            wrong.add("Answers with data of patients may be kept.", value[:80], exchange)
    yield from wrong.findings()
