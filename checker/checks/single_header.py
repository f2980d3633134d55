"""Strict-Transport-Security where it belongs, and once. Source: RFC 6797 sections 6.1 and 7."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.headers import directives
from checker.checks.over_http import needs, over_http
from checker.checks.passive import Alike, is_https, own_answers
from checker.model.asked import ClearText, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANY = ("1xx", "2xx", "3xx", "4xx", "5xx")
_ANSWERS = Every(selector=Selector(views=("fhir",), statuses=_ANY), cover=("capabilities", "read", "search"))
_NAME = "Strict-Transport-Security"


@check(
    "headers.hsts-once",
    params=ClearText,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.sample", params=Sample(type="Patient")),
        *needs(p),
    ],
    source="https://www.rfc-editor.org/rfc/rfc6797#section-7",
)
def hsts_once(ev: EvidenceView, p: ClearText) -> Iterator[Statement]:
    """Over https the header is there once at most and can be read; over http it is not there.

    Looks at all answers of the endpoint that carry the header; where none does, that is for the requirement that asks
    for it, and nothing is decided here. One GET over http is looked at too: a connection that does not come about
    leaves that half open, unless the port is closed on purpose (`checker.checks.over_http`).

    Good: ``max-age=31536000; includeSubDomains``, and an answer over http without it.
    Bad: two such headers; ``max-age=1, max-age=31536000``; the header over http.
    """
    if not is_https(ev.supplier.base_url):
        yield Undecided(reason=Reason.PREREQUISITE, message="the endpoint is not https")
        return
    wrong = Alike(expected=f"{_NAME} once, with each directive once", place=f"header {_NAME}")
    seen = False
    for exchange in own_answers(ev, _ANSWERS):
        values = exchange.response.values(_NAME) if exchange.response and is_https(exchange.request.url) else ()
        seen = seen or bool(values)
        if len(values) > 1:
            wrong.add(f"Answers carry {_NAME} more than once.", f"{len(values)} times", exchange)
        elif values and directives(values[0]) is None:
            wrong.add(f"{_NAME} cannot be read, or says something twice.", values[0][:80], exchange)
        else:
            what = f"Answers carry {_NAME} once, in a form that can be read."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()
    if not seen:
        yield Undecided(reason=Reason.NO_DATA, message=f"no answer carries {_NAME}")
    yield from _over_http(ev, p)


def _over_http(ev: EvidenceView, p: ClearText) -> Iterator[Statement]:
    exchange = over_http(ev, p, f"GET over http on port {p.port}")
    if not isinstance(exchange, Exchange):
        yield exchange
    elif exchange.header(_NAME) is None:
        yield Examined(what=f"An answer over http carries no {_NAME}.", evidence=(exchange.id,))
    else:
        yield Finding(
            message=f"An answer over http carries {_NAME}.",
            expected="the header over https alone: over http anybody could have put it there",
            actual=(exchange.header(_NAME) or "")[:80],
            place=exchange.request.url,
            evidence=(exchange.id,),
        )
