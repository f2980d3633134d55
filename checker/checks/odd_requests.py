"""What comes of requests that are odd on purpose: methods, media types, forged headers, values with quotes.

Each is sent beside the same request as it should be, and differs from it in one respect. Source: OWASP ASVS 5.0.0;
RFC 9110.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.leakage import urls_made
from checker.checks.odd_pairs import is_searchset, judged, shows_resources
from checker.checks.passive import host_of
from checker.checks.somebody import nobody_shown, search_for
from checker.fhir import bundle
from checker.model.asked import FORGED_HOST, INJECTED_HEADER, MARKER, NO_METHOD, OfType
from checker.model.exchange import joined
from checker.model.need import Need
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Statement
from checker.model.view import EvidenceView, Exchange

_ASVS = "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/"
_PATIENTS = "Patient"


def _is_refused(exchange: Exchange) -> bool:
    return 400 <= exchange.status < 500 or exchange.status == 501


def _other_fault(exchange: Exchange) -> bool:
    """A fault, or a way to somewhere else: neither is a refusal, and neither is an echo."""
    return 300 <= exchange.status < 400 or (exchange.status >= 500 and exchange.status != 501)


@check(
    "methods.trace-is-refused",
    needs=lambda p, settings: [Need(probe="hardening.trace", params=p)],
    source=_ASVS + "0x22-V13-Configuration.md",
)
def trace_is_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """TRACE and TRACK of /metadata are refused; no token goes with them.

    Good: 405, 501, or 403. Bad: 200 with the request in the body, or with what GET gives.
    """
    yield from judged(
        ev,
        "hardening.trace",
        p,
        what=lambda mutant: f"{mutant.request.method} of /metadata",
        right=_is_refused,
        doubtful=_other_fault,
        respect="method",
        gives="CapabilityStatement",
        expected="405 or 501",
    )


@check(
    "methods.unknown-is-refused",
    needs=lambda p, settings: [Need(probe="hardening.no-such-method", params=p)],
    source="https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6",
)
def unknown_is_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A method that nobody has is answered with 501, or with 405 and the methods that there are (Allow).

    Another refusal (400, 403, 404) may be that of a firewall, and decides nothing.

    Good: 405 with ``Allow: GET, HEAD``. Bad: 200; 500; 405 without Allow.
    """
    yield from judged(
        ev,
        "hardening.no-such-method",
        p,
        what=lambda mutant: f"the method {NO_METHOD} of /metadata",
        right=lambda mutant: mutant.status == 501 or (mutant.status == 405 and mutant.header("Allow") is not None),
        doubtful=lambda mutant: 300 <= mutant.status < 500 and mutant.status != 405,
        respect="method",
        gives="CapabilityStatement",
        expected="501, or 405 with Allow",
    )


@check(
    "content-type.unsupported-is-refused",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.odd-content-type", params=p)],
    source="https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16",
)
def unsupported_is_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The body of a search that comes as text/plain is refused with 415; as a form it is taken.

    A refusal with another status (400, 406) may be meant well, and decides nothing.

    Good: 415. Bad: 200, as if it had been a form; 500.
    """
    yield from judged(
        ev,
        "hardening.odd-content-type",
        p,
        what=lambda mutant: "a search by POST with Content-Type text/plain",
        right=lambda mutant: mutant.status == 415,
        doubtful=lambda mutant: 300 <= mutant.status < 500 and mutant.status != 415,
        respect="headers:content-type",
        works=is_searchset,
        expected="415",
    )


def _keeps_its_host(mutant: Exchange) -> bool:
    return not any(host_of(joined(mutant.request.url, url)) == FORGED_HOST for _, url in urls_made(mutant))


def _makes_urls(control: Exchange) -> bool:
    own = host_of(control.request.url)
    return is_searchset(control) and any(
        url[:4].lower() == "http" and host_of(url) == own for _, url in urls_made(control)
    )


@check(
    "urls.host-is-not-steered",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.forged-host", params=p)],
    source=_ASVS + "0x13-V4-API-and-Web-Service.md",
)
def host_is_not_steered(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """X-Forwarded-Host and Forwarded of a caller do not show in the URLs that the server makes.

    Looked at are links, full URLs, Location and Content-Location. The Host header itself is never forged: it may
    reach another customer of the same front end.

    Good: links as ever, or a refusal. Bad: ``https://checker.example/fhir/Patient?…`` as next link.
    """
    yield from judged(
        ev,
        "hardening.forged-host",
        p,
        what=lambda mutant: (
            "a search that names another host in "
            + ("X-Forwarded-Host" if mutant.request.header("X-Forwarded-Host") else "Forwarded")
        ),
        right=_keeps_its_host,
        doubtful=lambda mutant: mutant.status >= 500,
        respect="",
        gives="Bundle with absolute URLs",
        works=_makes_urls,
        expected="links to the endpoint's own host",
    )


def _shows_patients(exchange: Exchange) -> bool:
    return bool(bundle.ids(exchange.json().value, _PATIENTS))


@check(
    "search.values-are-data",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.odd-values", params=p), search_for(p.type)],
    source=_ASVS + "0x10-V1-Encoding-and-Sanitization.md",
)
def values_are_data(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A quote, backslash or wildcard after a name that nobody has finds nobody, and breaks nothing.

    The control is a search for that name, which has to find nobody; one that finds somebody takes no heed of the name.
    An empty Bundle counts where some answer gave a patient: of a system that shows none, it says nothing.

    Good: an empty Bundle, or 400. Bad: 500; patients, by ``' OR '1'='1``.
    """
    yield from judged(
        ev,
        "hardening.odd-values",
        p,
        what=lambda mutant: "a search for a name that nobody has, with characters of code after it",
        right=lambda mutant: mutant.status < 500 and not _shows_patients(mutant),
        doubtful=lambda mutant: mutant.status < 400 and not is_searchset(mutant),
        gives="empty Bundle",
        works=lambda control: is_searchset(control) and not _shows_patients(control),
        unsure=lambda mutant: nobody_shown(ev, p.type) if mutant.ok else "",
        expected="an empty Bundle, or 400",
    )


def _is_page(exchange: Exchange) -> bool:
    return (exchange.header("Content-Type") or "").partition(";")[0].strip().lower() in (
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
    )


@check(
    "errors.echo-is-no-markup",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.markup", params=p)],
    source=_ASVS + "0x12-V3-Web-Frontend-Security.md",
)
def echo_is_no_markup(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Markup in a search value does not come back as markup in a page.

    In JSON or plain text it is only text, with nosniff. Good: 400 with an OperationOutcome.
    Bad: an error page (text/html) with the value as it was sent.
    """
    yield from judged(
        ev,
        "hardening.markup",
        p,
        what=lambda mutant: "a search by a piece of markup",
        right=lambda mutant: not (_is_page(mutant) and MARKER.encode() in (mutant.body_bytes or b"")),
        doubtful=lambda mutant: mutant.lost,
        works=shows_resources,
        expected="no page that holds the value as markup",
    )


@check(
    "headers.no-line-breaks",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.line-break", params=p)],
    source="https://cwe.mitre.org/data/definitions/113.html",
)
def no_line_breaks(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A line break in a search value makes no header of the answer.

    Good: 400, or an empty Bundle. Bad: an answer with the header ``X-Checker-Injected``.
    """
    yield from judged(
        ev,
        "hardening.line-break",
        p,
        what=lambda mutant: "a search by an id with a line break in it",
        right=lambda mutant: mutant.header(INJECTED_HEADER) is None,
        works=is_searchset,
        expected=f"no header {INJECTED_HEADER}",
    )


def _comes_back(mutant: Exchange) -> bool:
    sent = mutant.request.header("X-Correlation-ID") or ""
    return mutant.response is not None and any(value == sent for _, value in mutant.response.headers)


@check(
    "headers.odd-ids-stay-out",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.odd-ids", params=p)],
    source="docs/policy.md#only-ids-come-back",
)
def odd_ids_stay_out(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An X-Correlation-ID of a thousand characters, or one that is not a single word, does not come back as it is.

    Good: none, one of the server's own, or 400. Bad: the same thousand characters.
    """
    yield from judged(
        ev,
        "hardening.odd-ids",
        p,
        what=lambda mutant: "an X-Correlation-ID that is none",
        right=lambda mutant: not _comes_back(mutant),
        respect="headers:x-correlation-id",
        works=shows_resources,
        expected="no header that holds it as it was sent",
    )
