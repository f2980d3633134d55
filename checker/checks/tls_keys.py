"""Groups for key agreement, and the hashes that the server signs with. Source: RFC 8422, RFC 9155, RFC 8446."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.tls_looked import BASE, GROUPS, HANDSHAKE, SIGNATURES, SUITES, Looked, ids, looked
from checker.checks.tls_suites import suites_ended
from checker.model.evidence import Handshake
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.tls import GROUPS as NAMES
from checker.model.tls import HYBRID, OLD_HASH_SIGNATURES, P256, TLS_1_2, TLS_1_3, WEAK_GROUPS, X25519, TlsAnswer
from checker.model.tls import SIGNATURES as SCHEMES
from checker.model.tls_seen import answers, last_of, refusal
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


def _taken(tried: tuple[TlsAnswer, ...]) -> tuple[int, ...]:
    """The groups that were chosen, as seen."""
    return tuple(dict.fromkeys(one.group for one in tried if one.speaks and one.group in one.hello.groups))


@check(
    "tls.groups-are-good",
    needs=lambda p, settings: [*BASE, GROUPS],
    source="https://www.rfc-editor.org/rfc/rfc9325#section-4.2.1",
)
def groups_are_good(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """P-256 or X25519 is taken for key agreement, and no curve under 224 bits is.

    Each group is offered alone, where TLS 1.3 is spoken by an empty key_share. The weak ones are offered together at
    TLS 1.2 (TLS 1.3 has none).

    Good: P-256 is chosen; secp192r1 is refused. Bad: secp192r1 is chosen; or neither of the two is taken.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    tried, evidence = answers(ev.record(GROUPS)), ids(ev, GROUPS) or seen.evidence
    everything = (*seen.found, *tried)
    good = [one for one in _taken(everything) if one in (P256, X25519)]
    single = [one for one in tried if one.hello.name == "one group" and one.hello.groups in ((P256,), (X25519,))]
    if good:
        words = " and ".join(NAMES[one] for one in good)
        yield Examined(what=f"{words} taken; in all: {', '.join(map(_name, _taken(everything)))}.", evidence=evidence)
    elif (
        single
        and (TLS_1_3 in seen.first or not _has_curve(ev))
        and all(refusal(one, everything).reason is None for one in single)
    ):
        yield Finding(
            message="Neither P-256 nor X25519 is taken for key agreement.",
            expected="one of the two",
            actual=", ".join(map(_name, _taken(everything))) or "no elliptic curve of those that were offered",
            place=seen.place,
            evidence=evidence,
        )
    else:
        message = "whether P-256 or X25519 is taken was not found out"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    yield from seen.open_versions(oldest=TLS_1_2, newest=TLS_1_2)
    if TLS_1_2 not in seen.first:
        return
    yield _weak(seen, tried, evidence)


def _weak(seen: Looked, tried: tuple[TlsAnswer, ...], evidence: tuple[str, ...]) -> Statement:
    """A certificate for a curve has its curve in the offer, or it is refused for that: hence the second hello."""
    alone, before = last_of(tried, "weak groups"), last_of(tried, "weak groups first")
    taken = next((one.group for one in (alone, before) if one and one.speaks and one.group in WEAK_GROUPS), None)
    if taken is not None:
        return Finding(
            message="A curve under 224 bits is taken for key agreement.",
            expected="an alert to an offer of such curves alone",
            actual=_name(taken),
            place=seen.place,
            evidence=evidence,
        )
    if alone is None or before is None:
        return Undecided(reason=Reason.NO_DATA, message="the weak groups were not tried", evidence=evidence)
    said = refusal(alone, (*seen.found, *tried))
    if said.reason is not None:
        return seen.undecided("the curves under 224 bits", said)
    mixed = refusal(before, (*seen.found, *tried))
    if not before.speaks and mixed.reason is not None:
        return seen.undecided("those curves before the usual ones", mixed)
    return Examined(what=f"Curves under 224 bits are refused ({said.told}).", evidence=evidence)


def _has_curve(ev: EvidenceView) -> bool:
    """Is the key of the certificate on a curve? Then TLS 1.2 refuses an offer without that curve (RFC 8422 5.1)."""
    payload = ev.record(HANDSHAKE).payload("handshake")
    chain = payload.attempts[-1].chain if isinstance(payload, Handshake) and payload.attempts else ()
    return not chain or chain[0].key_type == "EC"


def _name(number: int) -> str:
    return NAMES.get(number, f"0x{number:04X}")


@check(
    "tls.hybrid-group",
    needs=lambda p, settings: [*BASE, GROUPS],
    source="https://www.ncsc.gov.uk/guidance/pqc-migration-timelines",
)
def hybrid_group(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An offer of X25519MLKEM768 is taken or refused by the rules; which of the two is told, and not judged.

    The change to such groups has years to go. A server that answers with a group which was not offered (RFC 8446
    section 4.2.8) breaks the clients that begin it.

    Good: taken, or refused with an alert. Bad: a HelloRetryRequest for X25519, which was not offered.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    tried, evidence = answers(ev.record(GROUPS)), ids(ev, GROUPS) or seen.evidence
    asked = [one for one in tried if one.hello.groups == (HYBRID,)]
    if not asked:
        said = seen.refused(TLS_1_3)
        if said is not None and said.reason is None:
            yield Examined(what="TLS 1.3 is refused, and the group with it.", evidence=seen.evidence)
        else:
            yield Undecided(reason=Reason.NO_DATA, message="the group was not tried", evidence=evidence)
    elif asked[-1].speaks and asked[-1].group != HYBRID:
        yield Finding(
            message="An offer of X25519MLKEM768 alone is answered with a group that was not offered.",
            expected="that group, or an alert",
            actual=_name(asked[-1].group),
            place=seen.place,
            evidence=evidence,
        )
    elif asked[-1].speaks:
        yield Examined(what="X25519MLKEM768 is taken.", evidence=evidence)
    else:
        said = refusal(asked[-1], (*seen.found, *tried))
        if said.reason is None:
            yield Examined(what=f"X25519MLKEM768 is not taken ({said.told}).", evidence=evidence)
        else:
            yield seen.undecided("X25519MLKEM768", said)


@check(
    "tls.no-old-signatures",
    needs=lambda p, settings: [*BASE, SUITES, SIGNATURES],
    source="https://www.rfc-editor.org/rfc/rfc9155#section-4",
)
def no_old_signatures(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """At TLS 1.2 the server does not sign with SHA-1 or MD5, even for a client that knows nothing else.

    The control is the same hello with the signature algorithms of today. TLS 1.3 has no such signatures, and the
    versions before TLS 1.2 know no others: their refusal is another requirement.

    Good: an alert, or a signature with SHA-256 all the same. Bad: a ServerKeyExchange signed with rsa_pkcs1_sha1.
    """
    seen = looked(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    tried, evidence = answers(ev.record(SIGNATURES)), ids(ev, SIGNATURES) or seen.evidence
    old, control = last_of(tried, "old signatures"), last_of(tried, "signatures of today")
    if TLS_1_2 not in seen.first:
        yield from seen.open_versions(oldest=TLS_1_2, newest=TLS_1_2)
        yield Examined(what="TLS 1.2 is not answered; TLS 1.3 has no such signature.", evidence=evidence)
    elif old is None or control is None:
        yield suites_ended(ev, seen, TLS_1_2)  # no suite was found in which the server signs
    elif old.speaks and old.signature in OLD_HASH_SIGNATURES:
        yield Finding(
            message="The server signs its key with an old hash.",
            expected="an alert to a client that offers such signatures alone",
            actual=SCHEMES.get(old.signature, hex(old.signature)),
            place=f"{seen.place}, ServerKeyExchange",
            evidence=evidence,
        )
    elif old.speaks and old.signature:
        what = f"The server signs with {SCHEMES.get(old.signature, hex(old.signature))} whatever is offered."
        yield Examined(what=what, evidence=evidence)
    elif old.speaks:
        message = "the signature of the server was not seen"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    else:
        said = refusal(old, tried)
        if said.reason is not None:
            yield seen.undecided("SHA-1 signatures alone", said)
        else:
            yield Examined(
                what=f"An offer of SHA-1 and MD5 signatures alone is refused ({said.told}).", evidence=evidence
            )
