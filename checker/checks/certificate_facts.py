"""What a certificate says, read from its bytes: lifetimes, policies, usages, revocation. Source: RFC 5280, RFC 6962."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from checker.model.evidence import CertificateFacts

if TYPE_CHECKING:
    from cryptography import x509

_BASELINE = "2.23.140.1.2."
_EXTENDED = "2.23.140.1.1"
_SERVER_AUTH, _ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
_OLD_HASHES = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.10040.4.3": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
}
"""Signature algorithms by object identifier (RFC 3279, RFC 5758)."""


@dataclass(frozen=True)
class Said:
    """The parts of a certificate that rules are about."""

    public: bool
    """Does it say that it keeps to the Baseline Requirements of the CA/Browser Forum? All public ones have to."""
    old_hash: str
    """The hash of its signature, where it is an old one."""
    purposes: frozenset[str] | None
    """Extended key usages; None without the extension."""
    for_servers: bool
    usages: frozenset[str] | None
    """Key usages of RFC 5280 section 4.2.1.3, as far as they matter; None without the extension."""
    scts: bool
    must_staple: bool
    lists: tuple[str, ...]
    """Addresses of revocation lists."""
    responders: tuple[str, ...]
    """Addresses of OCSP responders."""
    serial: int


E = TypeVar("E", bound="x509.ExtensionType")


def said_by(facts: CertificateFacts) -> Said | None:
    """The facts; None where an extension cannot be read."""
    from cryptography import x509

    try:
        found = x509.load_der_x509_certificate(facts.der)
        policies = _extension(found, x509.CertificatePolicies)
        named = [one.policy_identifier.dotted_string for one in policies or ()]
        purposes = _extension(found, x509.ExtendedKeyUsage)
        allowed = None if purposes is None else frozenset(one.dotted_string for one in purposes)
        feature = _extension(found, x509.TLSFeature)
        return Said(
            public=any(one == _EXTENDED or one.startswith(_BASELINE) for one in named),
            old_hash=_OLD_HASHES.get(found.signature_algorithm_oid.dotted_string, ""),
            purposes=allowed,
            for_servers=allowed is not None and bool(allowed & {_SERVER_AUTH, _ANY_PURPOSE}),
            usages=_usages(found),
            scts=_has_scts(found),
            must_staple=feature is not None and x509.TLSFeatureType.status_request in feature,
            lists=_lists(found),
            responders=_responders(found),
            serial=found.serial_number,
        )
    except (ValueError, TypeError, KeyError):  # hostile bytes
        return None


def _extension(found: x509.Certificate, kind: type[E]) -> E | None:
    from cryptography import x509

    try:
        return found.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _usages(found: x509.Certificate) -> frozenset[str] | None:
    from cryptography import x509

    usage = _extension(found, x509.KeyUsage)
    if usage is None:
        return None
    names = ("digital_signature", "key_encipherment", "key_agreement", "key_cert_sign")
    return frozenset(name for name in names if getattr(usage, name))


def _has_scts(found: x509.Certificate) -> bool:
    return any(one.oid.dotted_string == "1.3.6.1.4.1.11129.2.4.2" for one in found.extensions)


def _lists(found: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    points = _extension(found, x509.CRLDistributionPoints)
    return tuple(str(name.value) for point in points or () for name in point.full_name or ())


def _responders(found: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    access = _extension(found, x509.AuthorityInformationAccess)
    wanted = AuthorityInformationAccessOID.OCSP
    return tuple(str(one.access_location.value) for one in access or () if one.access_method == wanted)


def vouches(issuer: CertificateFacts, subject: CertificateFacts) -> bool:
    """Did the one sign the other, by name and signature? False for what cannot be read.

    By name alone where the library has given up the algorithm of the signature, such as SHA-1.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if issuer.subject != subject.issuer:
        return False
    try:
        above = x509.load_der_x509_certificate(issuer.der)
        x509.load_der_x509_certificate(subject.der).verify_directly_issued_by(above)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return True
    return True


@dataclass(frozen=True)
class Staple:
    """What a stapled answer says of a certificate: ``good``, ``revoked``, ``unknown``, ``other`` or ``unreadable``."""

    status: str
    until: datetime | None = None


def staple_says(der: bytes, serial: int) -> Staple:
    """Read an OCSP response (RFC 6960). Its signature is not verified."""
    from cryptography.x509 import ocsp

    try:
        answer = ocsp.load_der_ocsp_response(der)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Staple("unknown")
        if answer.serial_number != serial:
            return Staple("other")
        return Staple(answer.certificate_status.name.lower(), answer.next_update_utc)
    except (ValueError, TypeError):
        return Staple("unreadable")


def lifetime(facts: CertificateFacts) -> timedelta:
    """From the first moment to the last."""
    return facts.not_after - facts.not_before


__all__ = ["Said", "Staple", "lifetime", "said_by", "staple_says", "vouches"]
