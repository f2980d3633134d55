"""TLS versions, and what an answer says beside its version. Source: RFC 7568, 5746, 7627, 7507, 8446."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.tls_looked import BASE, COMPRESSION, DOWNGRADE, ids, looked
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.tls import (
    EXTENDED_MASTER_SECRET,
    RENEGOTIATION_INFO,
    SSL_3_0,
    TLS_1_0,
    TLS_1_2,
    TLS_1_3,
    VERSION_NAMES,
    TlsAnswer,
)
from checker.model.tls_seen import answers, last_of, refusal
from checker.model.tls_suites import name
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_BOTH = "TLS 1.3 and 1.2"


@check("tls.ssl-refused", needs=lambda p, settings: BASE, source="https://www.rfc-editor.org/rfc/rfc7568#section-3")
def ssl_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """SSL 3.0 is refused with an alert, beside a newer version that is answered.

    A ClientHello for it is written by hand: no TLS library of today can. A connection that is closed without an
    alert, in any form of the offer, decides nothing. SSL 2.0 has another form of greeting and is not tried.

    Good: alert 40 or 70. Bad: a ServerHello with version 0x0300.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    said = seen.refused(SSL_3_0)
    if said is None:
        yield Finding(
            message="SSL 3.0 is accepted.",
            expected="an alert that refuses it",
            actual=f"a ServerHello, {name(seen.first[SSL_3_0].suite)}",
            place=seen.place,
            evidence=seen.evidence,
        )
    elif said.reason is not None:
        yield seen.undecided("SSL 3.0", said)
    else:
        yield Examined(what=f"SSL 3.0 is refused ({said.told}).", evidence=seen.evidence)


@check("tls.newest-preferred", needs=lambda p, settings: BASE, source="https://www.rfc-editor.org/rfc/rfc9325")
def newest_preferred(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client that offers TLS 1.3 and 1.2 gets TLS 1.3.

    Good: a ServerHello or HelloRetryRequest whose supported_versions says TLS 1.3. Bad: one in TLS 1.2.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    tried = [one for one in seen.found if one.hello.name == _BOTH]
    answer = next((one for one in tried if one.speaks), None)
    if answer is not None and answer.version == TLS_1_3:
        yield Examined(what="TLS 1.3 is chosen where it is offered with TLS 1.2.", evidence=seen.evidence)
    elif answer is not None or (tried and TLS_1_3 not in seen.first and refusal(tried[-1], seen.found).reason is None):
        spoken = VERSION_NAMES[answer.version] if answer is not None and answer.version in VERSION_NAMES else "none"
        yield Finding(
            message="TLS 1.3 is not chosen where it is offered.",
            expected="TLS 1.3",
            actual=f"{spoken} of the two" if answer is None else spoken,
            place=seen.place,
            evidence=seen.evidence,
        )
    else:
        last = tried[-1] if tried else seen.found[-1]
        yield seen.undecided("the offer of TLS 1.3 and 1.2", refusal(last, seen.found))


def _each_old(ev: EvidenceView, extension: int, what: str, oldest: int) -> Iterator[Statement]:
    """For each version up to TLS 1.2 that is spoken: does the ServerHello carry the extension?"""
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    found = False
    for version, answer in seen.first.items():
        if version >= TLS_1_3 or version < oldest:
            continue
        found = True
        if extension in answer.extensions:
            yield Examined(what=f"{VERSION_NAMES[version]}: {what}.", evidence=seen.evidence)
        elif answer.hello.reduced and extension != RENEGOTIATION_INFO:
            message = f"{VERSION_NAMES[version]}: only an offer without that extension was answered"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=seen.evidence)
        else:
            yield Finding(
                message=f"{VERSION_NAMES[version]}: the ServerHello leaves off what was offered.",
                expected=what,
                actual="the extension is not in the ServerHello",
                place=f"{seen.place}, ServerHello",
                evidence=seen.evidence,
            )
    yield from seen.open_versions(oldest=oldest, newest=TLS_1_2)
    if not found and TLS_1_3 in seen.first:
        yield Examined(what=f"TLS 1.3 alone is answered: {what}, by its design.", evidence=seen.evidence)


@check(
    "tls.renegotiation-is-secure",
    needs=lambda p, settings: BASE,
    source="https://www.rfc-editor.org/rfc/rfc5746#section-3.6",
)
def renegotiation_is_secure(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Secure renegotiation is signalled at every version up to TLS 1.2 that is spoken (TLS 1.3 has none).

    Good: renegotiation_info (0xff01) in the ServerHello. Bad: an answer without it to a hello that carried it. SSL
    3.0 is left aside. Whether a renegotiation that a client starts is refused is not tried: it is load, not a look.
    """
    yield from _each_old(ev, RENEGOTIATION_INFO, "secure renegotiation is signalled", TLS_1_0)


@check("tls.extended-master-secret", needs=lambda p, settings: BASE, source="https://www.rfc-editor.org/rfc/rfc7627")
def extended_master_secret(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The extended master secret is taken at every version up to TLS 1.2 that is spoken.

    Good: extension 23 in the ServerHello. Bad: an answer without it to a hello that carried it.
    """
    yield from _each_old(ev, EXTENDED_MASTER_SECRET, "the extended master secret is taken", TLS_1_0)


@check(
    "tls.no-compression",
    needs=lambda p, settings: [*BASE, COMPRESSION],
    source="https://www.rfc-editor.org/rfc/rfc9325#section-3.3",
)
def no_compression(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """TLS compression is not chosen where DEFLATE is offered (TLS 1.3 has none).

    Good: compression method 0 in the ServerHello, or a refusal of the offer. Bad: method 1.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    evidence = ids(ev, COMPRESSION) or seen.evidence
    tried = answers(ev.record(COMPRESSION))
    if not tried:
        yield from seen.open_versions(newest=TLS_1_2)
        if TLS_1_3 in seen.first and len(seen.first) == 1:
            yield Examined(what="TLS 1.3 alone is answered: it has no compression.", evidence=evidence)
        return
    answer = tried[-1]
    if not answer.speaks:
        said = refusal(answer, (*seen.found, *tried))
        if said.reason is not None:
            yield seen.undecided("the offer of compression", said)
        else:
            yield Examined(what=f"An offer of compression is refused ({said.told}).", evidence=evidence)
    elif answer.compression:
        yield Finding(
            message="TLS compression is chosen.",
            expected="compression method 0 (null)",
            actual=f"compression method {answer.compression}",
            place=f"{seen.place}, ServerHello",
            evidence=evidence,
        )
    else:
        yield Examined(what="Compression is offered and not chosen.", evidence=evidence)


@check(
    "tls.downgrade-guarded",
    needs=lambda p, settings: [*BASE, DOWNGRADE],
    source="https://www.rfc-editor.org/rfc/rfc7507#section-3",
)
def downgrade_guarded(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client that was made to step down to an older version finds out.

    Either a hello with TLS_FALLBACK_SCSV at an older version than the server's newest is answered by alert 86, or the
    server's random ends in the sign of RFC 8446 section 4.1.3. A server that speaks one version has nothing to step
    down to.

    Good: alert 86 (inappropriate_fallback), or ``DOWNGRD``. Bad: a ServerHello without either.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    if len(seen.first) == 1:
        yield from seen.open_versions()
        only = VERSION_NAMES[next(iter(seen.first))]
        yield Examined(what=f"{only} is the one version that is answered.", evidence=seen.evidence)
        return
    newest, older = list(seen.first)[:2]
    marked = seen.first[older]
    if newest == TLS_1_3 and marked.sentinel == TLS_1_3:
        what = f"An answer in {VERSION_NAMES[older]} says in its random that the server knows better."
        yield Examined(what=what, evidence=seen.evidence)
        return
    tried = answers(ev.record(DOWNGRADE))
    answer = last_of(tried, "stepped down")
    evidence = ids(ev, DOWNGRADE)
    if answer is None:
        message = "the hello with TLS_FALLBACK_SCSV was not sent"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
        return
    yield _scsv(answer, (*seen.found, *tried), VERSION_NAMES[older], seen.place, evidence)


def _scsv(
    answer: TlsAnswer, others: tuple[TlsAnswer, ...], older: str, place: str, evidence: tuple[str, ...]
) -> Statement:
    if answer.speaks:
        return Finding(
            message=f"A client that stepped down to {older} is not told that the server knows better.",
            expected="alert 86 (inappropriate_fallback), or the sign of a downgrade in the random",
            actual=f"a ServerHello in {VERSION_NAMES.get(answer.version, hex(answer.version))}",
            place=place,
            evidence=evidence,
        )
    said = refusal(answer, others)
    if said.reason is None and answer.alert == 86:
        return Examined(what=f"TLS_FALLBACK_SCSV at {older} is answered by {said.told}.", evidence=evidence)
    reason = said.reason or Reason.PREREQUISITE
    return Undecided(reason=reason, message=f"TLS_FALLBACK_SCSV at {older}: {said.told}", evidence=evidence)
