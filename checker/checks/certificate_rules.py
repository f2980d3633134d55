"""Rules on the certificate: how long, how signed, what for, and how it is taken back.

Source: RFC 5280, RFC 8446, RFC 6960, RFC 7633 and the Baseline Requirements of the CA/Browser Forum.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checker.checks.certificate_facts import Said, lifetime, said_by, staple_says
from checker.checks.certificates import Seen, seen_certificate
from checker.checks.tls_looked import HANDSHAKE, HELLOS
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.tls import TLS_1_2, TLS_1_3
from checker.model.tls_seen import answers, spoken
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_CAPS = (
    (datetime(2029, 3, 15, tzinfo=UTC), 47),
    (datetime(2027, 3, 15, tzinfo=UTC), 100),
    (datetime(2026, 3, 15, tzinfo=UTC), 200),
    (datetime(2020, 9, 1, tzinfo=UTC), 398),
)
"""Issued on or after that day: so many days at most (ballots SC-31 and SC-081v3)."""
_BEFORE = 825
_SHORT_LIVED = timedelta(days=10)
"""RFC 9608 and the Baseline Requirements: no revocation is needed for so short a life."""


def _leaf(ev: EvidenceView) -> tuple[Seen, Said] | Undecided:
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        return seen
    said = said_by(seen.leaf)
    if said is None:
        message = "the extensions of the certificate cannot be read"
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=seen.evidence)
    return seen, said


@condition("certificate.is-public", needs=lambda p, settings: [HANDSHAKE], claim=False)
def is_public(ev: EvidenceView, p: NoParams) -> bool | None:
    """The certificate says that it keeps to the Baseline Requirements, as every public one has to.

    It names one of their policies (2.23.140.1). One of a private authority does not, and their caps do not bind it.
    """
    found = _leaf(ev)
    return None if isinstance(found, Undecided) else found[1].public


class Remaining(Params, frozen=True, kw_only=True):
    """How many days have to remain, and for those that live shorter than ``short_below`` days."""

    days: int = 14
    short_days: int = 7
    short_below: int = 60


@check(
    "certificate.time-remains",
    params=Remaining,
    needs=lambda p, settings: [HANDSHAKE],
    source="docs/policy.md#certificates-are-renewed-in-time",
)
def time_remains(ev: EvidenceView, p: Remaining) -> Iterator[Statement]:
    """Some days remain until the certificate of the server ends: 14, or 7 for one that lives under 60 days.

    A third of its life is enough where that is less.

    Good: 60 of 90 days. Bad: 5 days. One that has ended already is a finding of another requirement, and none here.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    left = seen.leaf.not_after - seen.attempt.at
    whole = lifetime(seen.leaf)
    wanted = p.days if whole >= timedelta(days=p.short_below) else min(p.short_days, whole // timedelta(days=3))
    if left < timedelta(0):
        yield Examined(what="The certificate has ended: CERT-003 tells of it.", evidence=seen.evidence)
    elif left < timedelta(days=wanted):
        yield Finding(
            message=f"The certificate ends in {left.days} days.",
            expected=f"at least {wanted} days",
            actual=f"{left.days} days, until {seen.leaf.not_after:%Y-%m-%d}",
            place=seen.place,
            evidence=seen.evidence,
        )
    else:
        yield Examined(what=f"The certificate has {left.days} days left.", evidence=seen.evidence)


@check("certificate.lifetime-in-cap", needs=lambda p, settings: [HANDSHAKE], source="https://cabforum.org/")
def lifetime_in_cap(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A public certificate lives no longer than the cap on the day of its issue.

    398 days; 200 from 15 March 2026; 100 from 15 March 2027; 47 from 15 March 2029. The day of issue is notBefore.

    Good: 90 days. Bad: 400 days, issued in November 2026.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    start = seen.leaf.not_before
    cap = next((days for since, days in _CAPS if start >= since), _BEFORE)
    days = lifetime(seen.leaf) / timedelta(days=1)
    if days <= cap:
        yield Examined(what=f"The certificate lives {days:.0f} days; the cap is {cap}.", evidence=seen.evidence)
        return
    yield Finding(
        message=f"The certificate lives longer than a public one of {start:%Y-%m-%d} may.",
        expected=f"at most {cap} days",
        actual=f"{days:.0f} days",
        place=seen.place,
        evidence=seen.evidence,
    )


@check(
    "certificate.no-old-hash",
    needs=lambda p, settings: [HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc9155",
)
def no_old_hash(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Neither the certificate nor an intermediate is signed with SHA-1 or MD5. A root's own signature is left aside.

    Good: ecdsa-with-SHA256, Ed25519. Bad: sha1WithRSAEncryption.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    for place, one in enumerate(seen.attempt.chain):
        where = f"Certificate {place + 1} of the chain"
        said = said_by(one)
        if place and one.issuer == one.subject:
            yield Examined(what=f"{where} is a root.", evidence=seen.evidence)
        elif said is None:
            yield Undecided(reason=Reason.NO_DATA, message=f"{where} cannot be read", evidence=seen.evidence)
        elif said.old_hash:
            yield Finding(
                message=f"{where} is signed with {said.old_hash}.",
                expected="SHA-256 or better",
                actual=said.old_hash,
                place=f"{seen.place}, certificate {place + 1}",
                evidence=seen.evidence,
            )
        else:
            yield Examined(what=f"{where} is signed with no old hash.", evidence=seen.evidence)


@check(
    "certificate.for-servers",
    needs=lambda p, settings: [HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12",
)
def for_servers(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The certificate is one for servers: not of an authority, with a fitting purpose and key usage.

    A private certificate without extended key usage may serve any purpose (RFC 5280 section 4.2.1.12); a public one
    has to name serverAuth. Key usage, where it is there, allows signatures, key encipherment or key agreement.

    Good: serverAuth, digitalSignature, CA:FALSE. Bad: CA:TRUE; clientAuth alone; keyCertSign alone.
    """
    found = _leaf(ev)
    if isinstance(found, Undecided):
        yield found
        return
    seen, said = found
    wrong = []
    if seen.leaf.is_ca and seen.leaf.issuer != seen.leaf.subject:
        wrong.append(("The certificate is one of an authority.", "CA:FALSE", "CA:TRUE"))
    if said.purposes is not None and not said.for_servers:
        wrong.append(("The certificate is not for servers.", "serverAuth", ", ".join(sorted(said.purposes))[:120]))
    if said.purposes is None and said.public:
        wrong.append(("The certificate names no purpose.", "serverAuth", "no extended key usage"))
    if said.usages is not None and not said.usages - {"key_cert_sign"}:
        told = "certificates alone" if said.usages else "none of these"
        wrong.append(("The key may not be used in a handshake.", "digitalSignature or key encipherment", told))
    for message, expected, actual in wrong:
        yield Finding(message=message, expected=expected, actual=actual, place=seen.place, evidence=seen.evidence)
    if not wrong:
        yield Examined(what="The certificate is one for servers.", evidence=seen.evidence)


@check(
    "certificate.can-be-revoked",
    needs=lambda p, settings: [HANDSHAKE, HELLOS],
    source="https://www.rfc-editor.org/rfc/rfc6960",
)
def can_be_revoked(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client can learn that the certificate was taken back, and nothing says that it was.

    It names a revocation list or an OCSP responder, or lives ten days at most. One that demands a stapled answer gets
    one (RFC 7633). A stapled answer is read at TLS 1.2, where it is in the clear; nothing is fetched, and its
    signature is not verified.

    Good: a revocation list and no OCSP, as Let's Encrypt has it. Bad: neither; or a stapled answer says revoked.
    """
    found = _leaf(ev)
    if isinstance(found, Undecided):
        yield found
        return
    seen, said = found
    if said.lists or said.responders or lifetime(seen.leaf) <= _SHORT_LIVED:
        how = "a revocation list" if said.lists else "an OCSP responder" if said.responders else "a short life"
        yield Examined(what=f"The certificate has {how}.", evidence=seen.evidence)
    else:
        yield Finding(
            message="Nobody can learn that the certificate was taken back.",
            expected="the address of a revocation list or of an OCSP responder",
            actual="neither",
            place=seen.place,
            evidence=seen.evidence,
        )
    yield from _stapled(ev, seen, said)


def _stapled(ev: EvidenceView, seen: Seen, said: Said) -> Iterator[Statement]:
    view = ev.record(HELLOS)
    evidence = tuple(item.id for item in view.evidence())
    first = spoken(view)
    given = [one.staple for one in answers(view) if one.staple]
    answer = staple_says(given[0], said.serial) if given else None
    if answer is not None and answer.status == "revoked":
        yield Finding(
            message="The certificate was taken back: the server itself hands out the answer that says so.",
            expected="a certificate that is good",
            actual="revoked",
            place=f"{seen.place}, CertificateStatus",
            evidence=evidence,
        )
    elif answer is not None:
        yield Examined(what=f"A stapled answer says {answer.status}.", evidence=evidence)
    elif said.must_staple:
        asked = first.get(TLS_1_2)
        if asked is not None and asked.complete and asked.hello.extras:
            yield Finding(
                message="The certificate demands a stapled answer, and none comes.",
                expected="a CertificateStatus message",
                actual="none, to a hello that asked for it",
                place=f"{seen.place}, ServerHello",
                evidence=evidence,
            )
        else:
            told = "at TLS 1.3 the stapled answer is encrypted" if TLS_1_3 in first else "no hello was answered"
            yield Undecided(reason=Reason.NO_DATA, message=told, evidence=evidence)


@check(
    "certificate.is-logged",
    needs=lambda p, settings: [HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc6962#section-3.3",
)
def is_logged(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The certificate carries proofs that it stands in public logs (SCTs). Other ways to show them are not looked at.

    Good: the extension 1.3.6.1.4.1.11129.2.4.2. Bad: a public certificate without it.
    """
    found = _leaf(ev)
    if isinstance(found, Undecided):
        yield found
        return
    seen, said = found
    if said.scts:
        yield Examined(what="The certificate carries SCTs.", evidence=seen.evidence)
        return
    yield Finding(
        message="The certificate carries no proof that it was logged.",
        expected="signed certificate timestamps",
        actual="none",
        place=seen.place,
        evidence=seen.evidence,
    )


@check(
    "certificate.no-wildcard",
    needs=lambda p, settings: [HANDSHAKE],
    source="https://www.ncsc.gov.uk/guidance/using-tls-to-protect-data",
)
def no_wildcard(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The certificate names its hosts one by one.

    Good: ``api.supplier.example``. Bad: ``*.supplier.example``: its key opens every host of the supplier.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    wild = [name for name in seen.leaf.dns_names if name.startswith("*")]
    if wild:
        yield Finding(
            message="The certificate is for every host of a domain.",
            expected="host names one by one",
            actual=", ".join(wild[:3])[:200],
            place=seen.place,
            evidence=seen.evidence,
        )
    else:
        yield Examined(what="No name of the certificate is a wildcard.", evidence=seen.evidence)
