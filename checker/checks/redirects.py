"""Where answers send a client on to. Source: OWASP ASVS 5.0.0, 4.1.2 and 12.2.1."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.over_http import needs, over_http
from checker.checks.passive import Alike, host_of, is_https, own_answers
from checker.model.asked import ClearText, Sample
from checker.model.exchange import joined
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ANY = ("1xx", "2xx", "3xx", "4xx", "5xx")
_ANSWERS = Every(selector=Selector(views=("fhir",), statuses=_ANY), cover=("capabilities", "read", "search"))


@check(
    "redirects.keep-to-https",
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type="Patient")),
    ],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x21-V12-Secure-Communication.md",
)
def keep_to_https(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No answer that came over https sends the client on to http, to whatever host.

    Looks at every answer of the endpoint; one that sends nobody anywhere is fine.

    Good: 307 to another path of https. Bad: 302 with ``Location: http://…``.
    """
    wrong = Alike(expected="a redirect to https, or none", place="header Location")
    for exchange in own_answers(ev, _ANSWERS):
        if not is_https(exchange.request.url):
            continue
        target = joined(exchange.request.url, exchange.header("Location") or "")
        if exchange.status in REDIRECTS and target[:5].lower() == "http:":
            wrong.add("An answer over https redirects to http.", str(exchange.status), exchange)
        else:
            what = "No answer over https redirects to http."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    if not is_https(ev.supplier.base_url):
        yield Undecided(reason=Reason.PREREQUISITE, message="the endpoint is not https")
    yield from wrong.findings()


@check(
    "redirects.interface-is-not-redirected",
    params=ClearText,
    needs=lambda p, settings: needs(p),
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x13-V4-API-and-Web-Service.md",
)
def interface_is_not_redirected(ev: EvidenceView, p: ClearText) -> Iterator[Statement]:
    """A request to the interface over http is refused, and not redirected to https as a page would be.

    One GET of /metadata over http, without any credential. A client whose base URL is wrong works on by redirects, and
    sends its token in the clear each time. For a port that is closed see `checker.checks.over_http`.

    Good: 403, 404 or 426. Bad: 301 or 308 to https.
    """
    what = f"GET /metadata over http on port {p.port}"
    exchange = over_http(ev, p, what)
    if not isinstance(exchange, Exchange):
        yield exchange
        return
    target = joined(exchange.request.url, exchange.header("Location") or "")
    by_another = exchange.header("Via") or (target and host_of(target) != host_of(ev.supplier.base_url))
    if exchange.status in REDIRECTS and not by_another:
        yield Finding(
            message="The interface redirects a client that came by http.",
            expected="a refusal, so that the client is put right before it sends its token",
            actual=str(exchange.status),
            place=exchange.request.url,
            evidence=(exchange.id,),
        )
    elif by_another or exchange.status == 429 or exchange.status >= 500:
        message = f"{what} was answered with {exchange.status}, perhaps by something in between"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
    elif exchange.ok or exchange.status == 401:
        message = f"{what} was answered with {exchange.status}: the interface is served there"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    else:
        yield Examined(what=f"The interface is refused over http ({exchange.status}).", evidence=(exchange.id,))
