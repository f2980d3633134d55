"""The certificates that a server sent, as bytes and as facts."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from checker.model.evidence import CertificateFacts

if TYPE_CHECKING:
    from cryptography import x509

_DER = 2
"""``ENCODING_DER`` of the private module that older Pythons need."""


def sent_chain(connection: ssl.SSLObject) -> tuple[bytes, ...]:
    """The chain as the server sent it (RFC 8446 §4.4.2), DER, leaf first; the leaf alone if no more is to be had."""
    public = getattr(connection, "get_unverified_chain", None)
    try:
        if public is not None:  # Python 3.13
            return tuple(bytes(one) for one in public())
        private: Any = getattr(connection, "_sslobj", None)
        return tuple(bytes(one.public_bytes(_DER)) for one in private.get_unverified_chain())
    except (AttributeError, TypeError, ValueError, ssl.SSLError):
        leaf = connection.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()


def chain_facts(chain: tuple[bytes, ...]) -> tuple[CertificateFacts, ...]:
    """The facts of each certificate that can be parsed (RFC 5280); none if the first, the leaf, cannot be."""
    facts = [certificate_facts(der) for der in chain]
    return tuple(fact for fact in facts if fact is not None) if facts and facts[0] is not None else ()


def certificate_facts(der: bytes) -> CertificateFacts | None:
    """The facts of one certificate, None when it is not one."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        names, addresses = _alternative_names(certificate)
        key_type, key_bits = _key(certificate)
        return CertificateFacts(
            der=der,
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            dns_names=names,
            ip_addresses=addresses,
            key_type=key_type,
            key_bits=key_bits,
            signature_hash=_signature_hash(certificate),
            is_ca=_is_ca(certificate),
        )
    except ValueError:
        return None


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """RFC 5280 §4.2.1.6."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    names = tuple(found.get_values_for_type(x509.DNSName))
    return names, tuple(str(address) for address in found.get_values_for_type(x509.IPAddress))


def _is_ca(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.2.1.9."""
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "", 0
    kinds: dict[type, str] = {rsa.RSAPublicKey: "RSA", ec.EllipticCurvePublicKey: "EC", dsa.DSAPublicKey: "DSA"}
    kinds |= {ed25519.Ed25519PublicKey: "Ed25519", ed448.Ed448PublicKey: "Ed448"}
    name = next((word for kind, word in kinds.items() if isinstance(key, kind)), "")
    bits = {"Ed25519": 256, "Ed448": 456}.get(name, getattr(key, "key_size", 0))
    return name, int(bits)


def _signature_hash(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        found = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return found.name if found is not None else ""
