"""Step 5: TLS and the certificate."""

from __future__ import annotations

from collections.abc import Sequence

from checker.engine.doctor.interception import host_is_public, inspector, issued_publicly, short_name
from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import State, Step, not_needed, not_tried, shown
from checker.model.evidence import CertificateFacts, HandshakeAttempt
from checker.probes.addresses import literal

_SOON_DAYS = 30

_NO_HANDSHAKE = {
    "closed": "The other side hung up: a firewall or gateway may not know this machine's address, or want a client "
    "certificate (identity of kind client-certificate).",
    "timeout": "The port is open but nobody answers: is it the right port, and does the service behind it run?",
    "unsupported": "This machine's TLS library cannot do TLS 1.2 or 1.3: use a newer Python.",
}
_NO_HANDSHAKE["reset"] = _NO_HANDSHAKE["closed"]


def tls(o: Observed) -> Step:
    """A handshake as a normal client does it; if the certificate ends it, what the certificate is."""
    if not o.https:
        return not_needed("TLS", "the base URL begins with http: nothing that is sent or received is encrypted")
    if not o.raw:
        return not_tried(
            "TLS", "through a proxy that is reached by https it is only seen in the requests", needed=False
        )
    if o.handshake is None:
        return not_tried("TLS", o.in_the_way)
    attempt = o.handshake
    seen = [_spoken(attempt)] if attempt.completed else [f"no handshake: {shown(attempt.detail or attempt.problem)}"]
    if attempt.chain:
        seen += _chain(attempt, o.host)
    if attempt.verified:
        return Step(name="TLS", state=State.WORKS, seen=tuple(seen), next=_remark(o, attempt))
    advice = _certificate_advice(o, attempt) if attempt.chain else _handshake_advice(attempt)
    return Step(name="TLS", state=State.TROUBLE, seen=tuple(seen), next=advice)


def _spoken(attempt: HandshakeAttempt) -> str:
    verified = "the certificate is accepted"
    if not attempt.verified:
        verified = f"the certificate is NOT accepted ({attempt.problem}: {shown(attempt.detail)})"
    return f"{attempt.version.replace('TLSv', 'TLS ')}, {attempt.cipher}; {verified}"


def _chain(attempt: HandshakeAttempt, host: str) -> list[str]:
    leaf, last = attempt.chain[0], attempt.chain[-1]
    names = [*leaf.dns_names, *leaf.ip_addresses]
    fits = "which fits" if fits_host(leaf, host) else f"which does NOT fit {host}"
    subject = shown(short_name(leaf.subject)) if leaf.subject else "without a subject"
    said = [f"certificate of {subject}, for {shown(', '.join(names[:6])) or 'no host'}, {fits}"]
    days = (leaf.not_after - attempt.at).days
    ends = f"ends in {days} days" if days >= 0 else f"ENDED {-days} days ago"
    said.append(f"issued by {shown(short_name(leaf.issuer))}; {ends} ({leaf.not_after:%Y-%m-%d})")
    if len(attempt.chain) > 1:
        said.append(f"{len(attempt.chain)} certificates were sent, the last issued by {shown(short_name(last.issuer))}")
    return said


def fits_host(leaf: CertificateFacts, host: str) -> bool:
    """Is the certificate for that host (RFC 9525 §6: exactly, or by a wildcard as the whole first label)?"""
    address = literal(host)
    if address is not None:
        return str(address) in leaf.ip_addresses
    rest = host.partition(".")[2]
    names = [one.lower().rstrip(".") for one in leaf.dns_names]
    return host.lower() in names or bool(rest and f"*.{rest.lower()}" in names)


def _remark(o: Observed, attempt: HandshakeAttempt) -> str:
    """What is worth saying of a certificate that was accepted."""
    leaf = attempt.chain[0] if attempt.chain else None
    maker = inspector(attempt.chain, o.public_names)
    if leaf is None:
        return ""
    if maker:
        return (
            f"The certificate was issued by {short_name(leaf.issuer)}: a proxy on your network ({maker}) reads along, "
            "and what is seen of TLS is the proxy's, not the supplier's. Run from where nothing reads along."
        )
    if host_is_public(o.host) and not issued_publicly(attempt.chain, o.public_names):
        return (
            f"The certificate was issued by {short_name(leaf.issuer)}, which you trust and which is no public "
            "authority. If that is your own network's and not the supplier's, a proxy reads along."
        )
    days = (leaf.not_after - attempt.at).days
    return f"The certificate ends in {days} days: renew it." if days < _SOON_DAYS else ""


def _certificate_advice(o: Observed, attempt: HandshakeAttempt) -> str:
    leaf = attempt.chain[0]
    issuer = short_name(leaf.issuer)
    maker = inspector(attempt.chain, o.public_names)
    if maker:
        return (
            f"The certificate was issued by {issuer}, which is not the supplier's authority: a proxy on your network "
            f"({maker}) may be reading along. Ask for a way around it, or give its root with --ca-bundle or "
            "--trust system; what is then seen of TLS is the proxy's."
        )
    by_problem = {
        "expired": "The supplier must renew the certificate. (If it is in date, the clock of this machine is wrong.)",
        "not-yet-valid": "The clock of this machine or the certificate is wrong: compare both with the true time.",
        "host-name": f"Use a host name that the certificate is for, or have it issued for {o.host} as well.",
        "revoked": "The supplier must replace the certificate: its issuer has withdrawn it.",
    }
    return by_problem.get(attempt.problem) or _untrusted(attempt.chain, issuer, o)


def _untrusted(chain: Sequence[CertificateFacts], issuer: str, o: Observed) -> str:
    leaf = chain[0]
    if leaf.subject == leaf.issuer and len(chain) == 1:
        return (
            "The certificate is self-signed: nobody vouches for it. For a test system give it with --ca-bundle; "
            "otherwise the supplier needs one from an authority."
        )
    trusted = "in the file of --ca-bundle" if o.found.network.ca_bundle else "a public authority that is trusted here"
    if o.found.network.trust == "system" and not o.found.network.ca_bundle:
        trusted = "trusted by this machine"
    reading = " a proxy on your network may be reading along, or" if host_is_public(o.host) else ""
    advice = (
        f"The certificate was issued by {issuer}, which is not {trusted}:{reading} the supplier uses an authority of "
        "its own. Give that authority's root with --ca-bundle, or use --trust system if this machine trusts it."
    )
    if len(chain) == 1:
        advice += " (Only one certificate was sent: if its issuer is no root, the server must send the one between.)"
    return advice


def _handshake_advice(attempt: HandshakeAttempt) -> str:
    text = attempt.detail.lower()
    if attempt.problem == "alert" and "protocol version" in text:
        return "The server knows neither TLS 1.2 nor 1.3: the supplier must turn them on."
    if attempt.problem == "alert" and ("certificate" in text or "unknown ca" in text):
        return "The server wants a client certificate, or another one: see kind client-certificate in supplier.toml."
    if attempt.problem == "alert" and "unrecognized name" in text:
        return "The server does not know that host name: use the name that it is published under."
    if attempt.problem == "alert":
        return "The server refused the handshake: its ciphers or versions do not suit a normal client."
    if attempt.problem == "protocol":
        return (
            "What answers there speaks no TLS: it may be plain HTTP, or another service. Check the port; a system "
            "that speaks plain HTTP has a base URL with http://."
        )
    return _NO_HANDSHAKE.get(attempt.problem, "Try again; then ask the supplier what stands before the system.")
