"""HTTP around FHIR: HEAD, request ids, dates, and what a browser asks first.

Source: http://hl7.org/fhir/R4/http.html#head, #custom; RFC 9110.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checker.checks.bodies import answer, is_fhir, not_the_supplier
from checker.checks.etag import tag_of
from checker.checks.passive import Alike
from checker.model.asked import OfType, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("capabilities", "read", "search"))
_NOT_OF_THE_SERVER = frozenset({407, 408, 429, 500, 502, 503, 504})
"""What something before the server may answer, without what the server adds."""
_CLOCKS_APART = timedelta(minutes=1)
"""A gateway may set Date by a clock of its own."""
_NO_HEAD = frozenset({405, 501})


def _sure(p: OfType) -> list[Every | Need]:
    """What the passive checks here are planned with."""
    return [_ANSWERS, _METADATA, Need(probe="fhir.sample", params=Sample(type=p.type))]


def _head(p: OfType) -> Need:
    return Need(probe="fhir.head", params=p)


@check(
    "http.head",
    params=OfType,
    needs=lambda p, settings: [_head(p), _METADATA, Need(probe="fhir.sample", params=Sample(type=p.type))],
    source="http://hl7.org/fhir/R4/http.html#head",
)
def head(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """HEAD is answered as GET is, without the body; a server that has no HEAD says 405 or 501.

    Asked are /metadata and a resource that was read. Status, media type and ETag must be those of GET; letter case and
    parameters of the media type are free, and headers may be left out (RFC 9110 section 9.3.2). The ETag of /metadata
    counts where GET gave the same one before and after: a statement that says of what second it is has another each
    time.

    Good: 200 with the ETag of the read, or 405 with ``Allow: GET``.
    Bad: 500, 404, 200 with another ETag, or a body.
    """
    view = ev.record(_head(p))
    read = [one.exchange("read") for one in ev.children(view, "fhir.read")]
    reads = {one.request.url: one for one in read if one is not None}
    for role in ("metadata", "read"):
        what = f"HEAD of {'/metadata' if role == 'metadata' else f'a {p.type}'}"
        exchange = answer(view, role, what)
        if isinstance(exchange, Undecided):
            yield exchange
            continue
        plain = ev.record(_METADATA).exchange("metadata") if role == "metadata" else reads.get(exchange.request.url)
        doubt = not_the_supplier(exchange, what)
        if doubt is None and (plain is None or not plain.ok or not is_fhir(plain)):
            doubt = Undecided(reason=Reason.PREREQUISITE, message=f"{what}: the GET beside it gave no resource")
        if doubt is not None:
            yield doubt
        elif exchange.status in _NO_HEAD:
            yield Examined(what=f"{what} is refused with {exchange.status}, which is allowed.", evidence=(exchange.id,))
        elif plain is not None:
            after = view.exchange("metadata after") if role == "metadata" else plain
            yield from _as_get(exchange, plain, after, what)


def _as_get(exchange: Exchange, plain: Exchange, after: Exchange | None, what: str) -> Iterator[Statement]:
    """``plain`` and ``after``: the GET before, and one after it, which may be the same."""
    body = exchange.response.wire.encoded_bytes if exchange.response is not None else 0
    tag, own = tag_of(exchange.header("ETag") or ""), tag_of(plain.header("ETag") or "")
    if after is None or tag_of(after.header("ETag") or "") != own:
        own = tag_of("")
    problems = (
        (exchange.status != plain.status, f"{plain.status}, as GET", str(exchange.status)),
        (body > 0, "no body", f"{body} bytes"),
        (bool(_kind(exchange)) and _kind(exchange) != _kind(plain), "the media type of GET", "another media type"),
        (bool(tag and own) and tag != own, "the ETag of GET", "another ETag"),
    )
    found = [(expected, actual) for wrong, expected, actual in problems if wrong]
    for expected, actual in found:
        yield Finding(
            message=f"{what} is not answered as GET is.",
            expected=expected,
            actual=actual,
            place=exchange.request.url,
            evidence=(exchange.id, plain.id),
        )
    if not found:
        yield Examined(what=f"{what} is answered as GET is.", evidence=(exchange.id, plain.id))


def _kind(exchange: Exchange) -> str:
    return (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()


@check(
    "http.request-ids",
    params=OfType,
    needs=lambda p, settings: _sure(p),
    source="docs/policy.md#answers-carry-a-request-id",
)
def request_ids(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every FHIR answer carries an X-Request-Id; where it is not the client's, X-Correlation-Id holds the client's.

    Each request of the run brought an id of its own. Looked at are all answers that hold a resource, but for those
    that something before the server may give (407, 408, 429 and errors from 500 on).

    Good: ``X-Request-ID`` as it was sent; or the server's own, and the client's in ``X-Correlation-ID``.
    Bad: neither, or an id of the server's own alone.
    """
    wrong = Alike(expected="X-Request-Id, and X-Correlation-Id where the first is not the client's", place="headers")
    for exchange in ev.every(_ANSWERS):
        if exchange.status in _NOT_OF_THE_SERVER or not exchange.http.request_id or not is_fhir(exchange):
            continue
        sent, kind = exchange.http.request_id.lower(), exchange.http.interaction
        own = (exchange.header("X-Request-ID") or "").strip().lower()
        ours = (exchange.header("X-Correlation-ID") or "").strip().lower()
        if not own:
            wrong.add(f"The answer to a {kind} carries no X-Request-Id.", "no X-Request-Id", exchange)
        elif sent not in (own, ours):
            wrong.add(f"The answer to a {kind} carries another id than was sent.", "an id of its own alone", exchange)
        else:
            yield Examined(what="Answers carry the id of their request.", evidence=(exchange.id,), interaction=kind)
    yield from wrong.findings()


@check(
    "http.dates",
    params=OfType,
    needs=lambda p, settings: _sure(p),
    source="https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1",
)
def dates(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """FHIR answers carry Date; Date and Last-Modified have the form of HTTP, and the second is not the later one.

    The form is that of RFC 9110 section 5.6.7 (IMF-fixdate). A server without a clock may leave Date out, which is why
    this is a SHOULD. Answers from 500 on are left out, and a minute is let pass between two clocks.

    Good: ``Last-Modified: Mon, 02 Mar 2026 14:05:00 GMT``.
    Bad: ``Last-Modified: 2026-03-02T14:05:00Z``, or a day that is still to come.
    """
    wrong = Alike(expected="Date and Last-Modified as IMF-fixdate, Last-Modified not after Date", place="headers")
    for exchange in ev.every(_ANSWERS):
        if exchange.status in _NOT_OF_THE_SERVER or exchange.status > 500 or not is_fhir(exchange):
            continue
        kind = exchange.http.interaction
        date, changed = exchange.header("Date"), exchange.header("Last-Modified")
        when, before = _fixdate(date), _fixdate(changed)
        if date is None:
            wrong.add(f"The answer to a {kind} carries no Date.", "no Date", exchange)
        elif when is None:
            wrong.add(f"The Date of the answer to a {kind} has another form.", "another form", exchange)
        elif changed is not None and before is None:
            wrong.add(f"Last-Modified of the answer to a {kind} has another form.", "another form", exchange)
        elif before is not None and before > when + _CLOCKS_APART:
            wrong.add(f"Last-Modified of the answer to a {kind} is later than its Date.", "a later time", exchange)
        else:
            yield Examined(what="Dates have the form of HTTP.", evidence=(exchange.id,), interaction=kind)
    yield from wrong.findings()


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _fixdate(text: str | None) -> datetime | None:
    """The time of an IMF-fixdate; None for another form. Words are English wherever this runs."""
    parts = (text or "").strip().split(" ")
    if len(parts) != 6 or parts[5] != "GMT" or parts[0].rstrip(",") not in _DAYS or parts[2] not in _MONTHS:
        return None
    clock = parts[4].split(":")
    if len(clock) != 3 or not all(one.isascii() and one.isdigit() and len(one) == 2 for one in (parts[1], *clock)):
        return None
    if not (parts[3].isascii() and parts[3].isdigit() and len(parts[3]) == 4):
        return None
    hour, minute, second = (int(one) for one in clock)
    try:
        # A leap second is 60 (RFC 9110 section 5.6.7).
        return datetime(
            int(parts[3]), _MONTHS.index(parts[2]) + 1, int(parts[1]), hour, minute, min(second, 59), tzinfo=UTC
        )
    except ValueError:
        return None


_CLOSED = frozenset({400, 401, 404, 405, 500, 501})


def _preflight(p: OfType) -> Need:
    return Need(probe="fhir.preflight", params=p)


@check(
    "http.cors",
    params=OfType,
    needs=lambda p, settings: [_preflight(p)],
    source="http://hl7.org/fhir/R4/http.html#security",
)
def cors(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Where CORS is declared, a browser's preflight is answered; it never carries credentials.

    A preflight for a search is sent, from an origin that nobody has registered. A server that lets in registered
    origins alone may leave Access-Control-Allow-Origin out for it: then nothing is decided. One that wants credentials,
    or does not know OPTIONS, lets in nobody.

    Good: 204 with ``Access-Control-Allow-Origin: *``.
    Bad: 401, 405 or 501.
    """
    what = "a preflight for a search"
    exchange = answer(ev.record(_preflight(p)), "preflight", what)
    if isinstance(exchange, Undecided):
        yield exchange
    elif exchange.ok and exchange.header("Access-Control-Allow-Origin"):
        yield Examined(what="A preflight is answered.", evidence=(exchange.id,))
    elif exchange.status in _CLOSED:
        yield Finding(
            message="CORS is declared, and a preflight is refused.",
            expected="a status from 200 to 299, with Access-Control-Allow-Origin for the origins that may",
            actual=str(exchange.status),
            place=exchange.request.url,
            evidence=(exchange.id,),
        )
    else:
        message = (
            f"{what} was answered with {exchange.status}, and without Access-Control-Allow-Origin: perhaps only "
            "registered origins are let in"
        )
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
