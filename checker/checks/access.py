"""Access control: what must be refused. Source: RFC 6750 §2 and §3, RFC 8725, RFC 9700."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from checker.checks.bodies import gives_data
from checker.checks.refusal import refusal
from checker.model.asked import IN_QUERY, Alteration, AlteredToken, OfType
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.verdict import Finding, Statement
from checker.model.view import EvidenceView, Exchange

CERTIFICATE = "client-certificate"
"""The kind of an identity that is known by its TLS certificate alone."""


def _without(p: OfType) -> Need:
    return Need(probe="access.without-token", params=p)


def _elsewhere(p: OfType) -> Need:
    return Need(probe="access.other-searches", params=p)


@check(
    "access.refused-without-token",
    params=OfType,
    needs=lambda p, settings: [_without(p), _elsewhere(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3",
)
def refused_without_token(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read and a search without a credential are refused (401).

    So are a vread, a search by POST, and a search of up to four other types of records, where the server
    has these and this client may search them. Each has its control: the same request with the
    credential, in the same second, answered with 2xx. 403 is a refusal too (RFC 6750 §3.1 says
    SHOULD of the status); a redirect to a login page, a 404 or a server error is not. Where a token goes
    over a connection with a client certificate, the token alone is left out; where the credential is a
    client certificate there is no scheme to name, and a 400 is a refusal too. Data given to nobody in
    particular is a finding even without a control.

    Good: ``GET Patient/a1`` without Authorization answers 401.
    Bad: it answers 200 with the patient, or 302 to a login page.
    """
    view = ev.record(_without(p))
    for control, mutant in view.pairs():
        yield from _refused_to_nobody(ev, control, mutant, f"{mutant.http.interaction} of {p.type}", p.type)
    for control, mutant in ev.record(_elsewhere(p)).pairs():
        path = urlsplit(mutant.request.url).path
        by_post = path.endswith("/_search")
        what = f"search by POST of {p.type}" if by_post else f"search of {path.rpartition('/')[2]}"
        if control.ok:
            yield from _refused_to_nobody(ev, control, mutant, what, p.type)
        else:  # where this client gets no answer itself, nothing shows what others get
            yield from _open(mutant, what)
    for kind in ("bare-read", "bare-search"):
        for exchange in view.exchanges(kind):
            yield from _open(exchange, f"{exchange.http.interaction} of {p.type}")


def _refused_to_nobody(
    ev: EvidenceView, control: Exchange, mutant: Exchange, what: str, type: str
) -> Iterator[Statement]:
    """One request without the credential, beside its control."""
    yield from refusal(
        control,
        mutant,
        differs_in="identity",
        gives="Bundle" if mutant.http.interaction == "search" else type,
        refused=_refuses_without_certificate if _default_kind(ev) == CERTIFICATE else _refuses,
        what=f"A {what} without a credential",
        expected="401 with WWW-Authenticate",
    )


def _open(exchange: Exchange, what: str) -> Iterator[Finding]:
    """Data for nobody in particular: a finding by itself."""
    if exchange.ok and gives_data(exchange):
        yield Finding(
            message=f"A {what} without any credential gave data.",
            expected="401 with WWW-Authenticate",
            actual=f"{exchange.status} with data",
            place=exchange.request.url,
            evidence=(exchange.id,),
        )


def _default_kind(ev: EvidenceView) -> str:
    return next((identity.kind for identity in ev.supplier.identities if identity.name == "default"), "none")


def _refuses_without_certificate(exchange: Exchange) -> bool:
    """As servers answer who shows no client certificate: 400 (nginx), 401 or 403, and no record in the body."""
    return exchange.status in (400, 401, 403) and not gives_data(exchange)


def _refuses(exchange: Exchange) -> bool:
    """401 with its challenge (RFC 6750 section 3, RFC 9110 section 15.5.2) or 403, and no record in the body."""
    challenged = exchange.status == 403 or (exchange.status == 401 and bool(exchange.header("WWW-Authenticate")))
    return challenged and not gives_data(exchange)


def _search(p: OfType) -> Need:
    return Need(probe="fhir.search", params=p)


@condition("access.token-is-jwt", params=OfType, needs=lambda p, settings: [_search(p)], claim=False)
def token_is_jwt(ev: EvidenceView, p: OfType) -> bool | None:
    """The credential of the default identity is a JSON Web Token (RFC 7519).

    Said by the sender, which saw it. An opaque token, an API key or a client certificate has no claims and
    no algorithm that could be altered. Unknown when a search was not sent with a credential.
    """
    if _default_kind(ev) == CERTIFICATE:
        return False
    exchange = ev.record(_search(p)).exchange("search")
    facts = exchange.http.credential if exchange is not None else None
    return facts.form == "jwt" if facts is not None else None


def _altered(p: AlteredToken) -> Need:
    return Need(probe="access.altered-token", params=p)


@check(
    "access.altered-token-refused",
    params=AlteredToken,
    needs=lambda p, settings: [_altered(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3.1",
)
def altered_token_refused(ev: EvidenceView, p: AlteredToken) -> Iterator[Statement]:
    """An access token that was altered in one respect is refused (401; 400 and 403 refuse too).

    The control is the same read with the token as it was issued. Opaque tokens cannot be altered
    in their parts: then nothing is decided.

    Good: a token with one claim changed and its old signature answers 401.
    Bad: 200 with the patient: the signature is not verified.
    """
    what = f"A read of {p.type} with an altered token ({p.alteration})"
    yield from _refused(ev, p, what, "401 with error invalid_token")


def _refused(ev: EvidenceView, p: AlteredToken, what: str, expected: str) -> Iterator[Statement]:
    for control, mutant in ev.record(_altered(p)).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives=p.type,
            refused=lambda exchange: exchange.status in (400, 401, 403) and not gives_data(exchange),
            what=what,
            expected=expected,
        )


_UNSIGNED: tuple[tuple[Alteration, str], ...] = (("alg-none", "none"), ("alg-none-mixed-case", "nOnE"))


def _unsigned(p: OfType) -> list[tuple[AlteredToken, str]]:
    return [(AlteredToken(type=p.type, alteration=name), spelt) for name, spelt in _UNSIGNED]


@check(
    "access.unsigned-token-refused",
    params=OfType,
    needs=lambda p, settings: [_altered(one) for one, _ in _unsigned(p)],
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.1",
)
def unsigned_token_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An access token without a signature is refused, however its algorithm ``none`` is spelt.

    The token of the run is sent with the header ``alg`` set to ``none`` and to ``nOnE`` (a list of what is
    barred is often case-sensitive, a library sometimes not), its claims as they were and its signature
    empty. The control is the same read with the token as it was issued. Opaque tokens have no
    algorithm: then nothing is decided.

    Good: both answer 401.
    Bad: either gives the patient: whoever can write JSON can write a token.
    """
    for one, spelt in _unsigned(p):
        what = f"A read of {p.type} with an unsigned token (alg {spelt})"
        yield from _refused(ev, one, what, "401 with error invalid_token")


def _in_query(p: OfType) -> AlteredToken:
    return AlteredToken(type=p.type, alteration=IN_QUERY)


@check(
    "access.query-token-refused",
    params=OfType,
    needs=lambda p, settings: [_altered(_in_query(p))],
    source="docs/policy.md#tokens-stay-out-of-urls",
)
def query_token_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A good access token in the query of the URL, and not in the header, opens nothing.

    The control is the same read with the token in the header. The recording holds the URL without the
    token. RFC 6750 section 2.3 lets a server allow the query; RFC 9700 section 4.3.2 forbids clients to
    use it, since URLs are written to logs, histories and caches. The token of the run then stands in
    the supplier's own logs: give the run one that is short-lived, or renew it afterwards.

    Good: ``GET Patient/a1?access_token=…`` without Authorization answers 401.
    Bad: it answers 200 with the patient.
    """
    what = f"A read of {p.type} with the token in the URL alone"
    yield from _refused(ev, _in_query(p), what, "401 with WWW-Authenticate")
