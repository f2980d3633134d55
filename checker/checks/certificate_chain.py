"""The chain as it is sent: whole, in order, nothing beside it. Source: RFC 8446 section 4.4.2."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.certificate_facts import said_by, vouches
from checker.checks.certificates import Seen, seen_certificate
from checker.checks.tls_looked import HANDSHAKE
from checker.model.evidence import CertificateFacts
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


@check(
    "certificate.chain-is-whole",
    needs=lambda p, settings: [HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",
)
def chain_is_whole(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The server sends every intermediate certificate, each after the one that it vouches for, and no stranger.

    A missing one is a finding where it is sure: the path was completed by an intermediate that ``--ca-bundle`` holds;
    or the certificate is a public one, alone, and no root of the run signed it (public roots sign no servers). Where
    the chain leads nowhere otherwise, the authority may simply not be known to this run. A root at the end, and a
    second certificate for the same authority (a cross-signature), are no strangers.

    Good: leaf, intermediate. Bad: the leaf alone, with an intermediate that signed it.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    chain = seen.attempt.chain
    found = list(_strangers(seen, chain))
    yield from found
    missing = _missing(seen)
    if missing is not None:
        yield missing
    elif not found:
        yield Examined(what=f"{len(chain)} certificates lead to the trust store, in order.", evidence=seen.evidence)


def _strangers(seen: Seen, chain: tuple[CertificateFacts, ...]) -> Iterator[Finding]:
    for place, one in enumerate(chain):
        if not place or any(vouches(one, earlier) for earlier in chain[:place]):
            continue
        late = any(vouches(one, later) for later in chain[place + 1 :])
        if not late and any(one.subject == other.subject for other in chain[:place]):
            continue
        yield Finding(
            message=f"Certificate {place + 1} vouches for {'a later one' if late else 'none of the others'}.",
            expected="each certificate after the one that it vouches for, and no other",
            actual=one.subject[:120],
            place=f"{seen.place}, certificate {place + 1}",
            evidence=seen.evidence,
        )


def _missing(seen: Seen) -> Statement | None:
    attempt, leaf = seen.attempt, seen.leaf
    said = said_by(leaf)
    alone = len(attempt.chain) == 1 and leaf.issuer != leaf.subject
    public = said is not None and said.public and said.scts
    if attempt.store_completes or (attempt.trusted is False and alone and public):
        return Finding(
            message="An intermediate certificate is not sent.",
            expected=f"the certificate of {leaf.issuer[:120]} after it" if alone else "every intermediate certificate",
            actual="the leaf alone" if alone else f"{len(attempt.chain)} certificates, with one missing",
            place=seen.place,
            evidence=seen.evidence,
        )
    if attempt.trusted:
        return None
    if leaf.issuer == leaf.subject:
        return Examined(
            what="The certificate signed itself: there is nothing to send after it.", evidence=seen.evidence
        )
    message = (
        f"whether a certificate is missing after the one that {attempt.chain[-1].issuer[:120]} signed cannot be told: "
        "this run does not know that authority; give it with --ca-bundle"
    )
    return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=seen.evidence)
