"""The certificate of the server: its dates, issuer, names and key. Source: RFC 5280, RFC 9525, RFC 9325.

Each requirement speaks for itself: an expired certificate of the right issuer fails by its dates alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from checker.checks.tls_looked import unexpected_issuer
from checker.checks.transport import NETWORK_REASONS
from checker.model.evidence import CertificateFacts, Handshake, HandshakeAttempt
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_HANDSHAKE = Need(probe="tls.handshake", params=NoParams())


class Seen:
    """The last handshake that showed a certificate."""

    def __init__(self, payload: Handshake, attempt: HandshakeAttempt, evidence: tuple[str, ...]) -> None:
        self.attempt = attempt
        self.leaf: CertificateFacts = attempt.chain[0]
        self.host = payload.host
        self.place = f"{payload.host}:{payload.port}"
        self.evidence = evidence


def seen_certificate(ev: EvidenceView) -> Seen | Undecided:
    """The last handshake of the record that showed a certificate, or why there is none."""
    view = ev.record(_HANDSHAKE)
    evidence = tuple(item.id for item in view.evidence())
    payload = view.payload("handshake")
    if not isinstance(payload, Handshake) or not payload.attempts:
        return view.undecided("the handshake")
    attempt = payload.attempts[-1]
    if not attempt.chain:
        reason = NETWORK_REASONS.get(attempt.problem, Reason.NETWORK)
        told = attempt.detail or attempt.problem or "no certificate was seen"
        return Undecided(reason=reason, message=f"the handshake: {told}", evidence=evidence)
    return unexpected_issuer(ev, evidence) or Seen(payload, attempt, evidence)


@check(
    "certificate.in-date",
    needs=lambda p, settings: [_HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
)
def certificate_in_date(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every certificate that the server sends is within its validity period at the time of the handshake.

    Whether its issuer is trusted is another requirement: this one reads notBefore and notAfter.

    Good: notBefore ≤ the time of the handshake ≤ notAfter, for leaf and intermediates.
    Bad: a leaf that expired yesterday.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    for place, certificate in enumerate(seen.attempt.chain):
        dates = f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
        if certificate.not_before <= seen.attempt.at <= certificate.not_after:
            yield Examined(what=f"Certificate {place + 1} of the chain is in date ({dates}).", evidence=seen.evidence)
            continue
        if place and seen.attempt.verified:
            # RFC 8446 4.4.2: what is sent beside the path that was validated binds nobody.
            yield Examined(
                what=f"Certificate {place + 1} is out of date ({dates}); no valid path needs it.",
                evidence=seen.evidence,
            )
            continue
        late = seen.attempt.at > certificate.not_after
        yield Finding(
            message=f"Certificate {place + 1} of the chain {'has expired' if late else 'is not valid yet'}.",
            expected=f"a validity period that holds {seen.attempt.at:%Y-%m-%d %H:%M} UTC",
            actual=dates,
            place=f"{seen.place}, certificate {place + 1}",
            evidence=seen.evidence,
        )


@check(
    "certificate.trusted",
    needs=lambda p, settings: [_HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc5280#section-6.1",
)
def certificate_trusted(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The certificate leads, by signatures, to the trust store of the run.

    That is the public roots that come with this tool, the system's (``--trust system``) or the ones of
    ``--ca-bundle``: on a network with an authority of its own, give that. Dates, host name and key
    strength are other requirements and are left aside. A certificate that signed itself is a finding.
    One of an issuer that the trust store does not know decides nothing: it may be the supplier's, or an
    authority that was not given to the run, or a proxy on the way that opens TLS. The issuer is named.

    Good: leaf and intermediate are sent, and the intermediate is signed by a root of the trust store.
    Bad: a certificate that nobody vouches for but itself.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    attempt, issuer = seen.attempt, seen.leaf.issuer[:120]
    trusted = attempt.trusted
    if trusted is None:  # a recording from before the question was asked
        trusted = True if attempt.verified else False if attempt.problem == "untrusted" else None
    told = attempt.detail or attempt.problem
    if trusted is None:
        message = f"the chain was not verified on its own ({told})"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=seen.evidence)
    elif trusted:
        yield Examined(what=f"The chain leads to the trust store (issuer {issuer}).", evidence=seen.evidence)
    elif seen.leaf.issuer == seen.leaf.subject:
        yield Finding(
            message="The certificate signed itself: nobody else vouches for it.",
            expected="a chain that ends at a root of the trust store of this run",
            actual=told[:200] or "self-signed",
            place=seen.place,
            evidence=seen.evidence,
        )
    else:
        message = (
            f"the trust store of this run does not know the issuer {issuer} ({told}): if it is the supplier's own "
            "authority, give it with --ca-bundle; if it is a proxy of your network, run from outside it"
        )
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=seen.evidence)


@check(
    "certificate.names-host",
    needs=lambda p, settings: [_HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc9525#section-6",
)
def certificate_names_host(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The host name of the endpoint is among the subject alternative names of the certificate.

    A dNSName for a name, an iPAddress for an address; the common name of the subject is not looked at
    (RFC 9525 section 2). Letter case is free. A wildcard stands alone as the leftmost label, for
    exactly one label (section 6.3).

    Good: ``api.supplier.example`` for ``https://api.supplier.example/fhir``; or ``*.supplier.example``.
    Bad: only ``supplier.example``; only ``*.example``; the name in the common name alone.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    if _names(seen.leaf, seen.host):
        yield Examined(what=f"The certificate names {seen.host}.", evidence=seen.evidence)
        return
    names = (*seen.leaf.dns_names, *seen.leaf.ip_addresses)
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    yield Finding(
        message=f"The certificate does not name {seen.host}.",
        expected=f"{'an iPAddress' if _address(seen.host) else 'a dNSName'} that is {seen.host}",
        actual=shown[:200] or "no subject alternative name",
        place=seen.place,
        evidence=seen.evidence,
    )


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _names(leaf: CertificateFacts, host: str) -> bool:
    address = _address(host)
    if address is not None:
        return address in (_address(one) for one in leaf.ip_addresses)
    return any(_matches(pattern, host) for pattern in leaf.dns_names)


def _matches(pattern: str, host: str) -> bool:
    """RFC 9525 section 6.3: label by label; a wildcard is the whole leftmost label of the certificate's name."""
    wanted, given = host.lower().rstrip(".").split("."), pattern.lower().rstrip(".").split(".")
    if given[0] == "*" and len(given) > 1:
        return wanted[1:] == given[1:] and bool(wanted[0])
    return wanted == given and "*" not in pattern


class KeyStrength(Params, frozen=True, kw_only=True):
    """The fewest bits of a key of each type. Ed25519 and Ed448 are always enough."""

    rsa_bits: int = 2048
    ec_bits: int = 256


@check(
    "certificate.strong-key",
    params=KeyStrength,
    needs=lambda p, settings: [_HANDSHAKE],
    source="docs/policy.md#keys-are-strong",
)
def certificate_strong_key(ev: EvidenceView, p: KeyStrength) -> Iterator[Statement]:
    """The key of the server's certificate is strong enough: RSA and elliptic curves by their bits.

    Ed25519 and Ed448 are. DSA is not: TLS 1.3 has no place for it. A key of a type that cannot be read
    here decides nothing. The keys of the authorities above are a matter of the trust store.

    Good: RSA with 2048 bits or more; P-256; Ed25519.
    Bad: RSA with 1024 bits; P-192.
    """
    seen = seen_certificate(ev)
    if isinstance(seen, Undecided):
        yield seen
        return
    kind, bits = seen.leaf.key_type, seen.leaf.key_bits
    if not kind or (kind in ("RSA", "EC") and not bits):
        yield Undecided(reason=Reason.NO_DATA, message="the type of the key is not known here", evidence=seen.evidence)
        return
    fewest = {"RSA": p.rsa_bits, "EC": p.ec_bits}.get(kind)
    if kind in ("Ed25519", "Ed448") or (fewest is not None and bits >= fewest):
        yield Examined(what=f"The key of the certificate is {kind} with {bits} bits.", evidence=seen.evidence)
        return
    yield Finding(
        message=f"The key of the certificate is {kind} with {bits} bits.",
        expected=f"RSA with at least {p.rsa_bits} bits, an elliptic curve of at least {p.ec_bits}, or Ed25519",
        actual=f"{kind}, {bits} bits",
        place=seen.place,
        evidence=seen.evidence,
    )
