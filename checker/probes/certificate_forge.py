"""Client certificates made by this tool: like a good one in everything but one respect.

A server may refuse a certificate for the kind of its key, or for a purpose that is not in it. So each of these has the
subject, the purposes and the kind of key of the certificate that it stands beside. Source: RFC 5280 section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checker.probes.trust import ClientCertificate

OTHER_NAME = "other-client.checker.invalid"
"""The name of nobody (RFC 2606 section 2)."""
_AUTHORITY = "An authority that nobody knows"
_DAY = timedelta(days=1)
_MOST_BITS = 4096


@dataclass(frozen=True)
class Issuer:
    """Who signs: a certificate of an authority, its key, and what of its chain is sent along."""

    certificate: Any
    key: Any
    sent: bytes = b""


def issuer_of(authority: ClientCertificate) -> Issuer:
    """The authority whose certificate and key were handed over. Raises ``ValueError``."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    chain = x509.load_pem_x509_certificates(authority.chain)
    sent = b"".join(_pem(one) for one in chain if one.subject != one.issuer)
    return Issuer(chain[0], load_pem_private_key(authority.key, None), sent)


def unknown_authority(good: ClientCertificate, now: datetime) -> Issuer:
    """A well-formed authority that was made this moment, with its root."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = _key_like(_leaf(good).public_key())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _AUTHORITY)])
    builder = (
        _begun(name, name, key, now - _DAY, now + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    root = builder.sign(key, _hash(key, ec))
    return Issuer(root, key, _pem(root))


def like(
    good: ClientCertificate, issuer: Issuer | None, now: datetime, *, ended: bool = False, name: str = ""
) -> ClientCertificate:
    """The good certificate once more, with a key of its own. ``issuer`` None: signed by itself.

    ``ended``: it was valid until yesterday; ``name``: it is for that name instead. Raises ``ValueError``.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    leaf = _leaf(good)
    key = _key_like(leaf.public_key())
    subject = _renamed(leaf.subject, name) if name else leaf.subject
    start, end = (now - 30 * _DAY, now - _DAY) if ended else (now - _DAY, now + 30 * _DAY)
    builder = _begun(subject, issuer.certificate.subject if issuer else subject, key, start, end)
    for extension in _kept(leaf):
        value = extension.value
        if name and isinstance(value, x509.SubjectAlternativeName):
            value = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(value, critical=extension.critical)
    signer = issuer.key if issuer else key
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    made = builder.sign(signer, _hash(signer, ec))
    return ClientCertificate(chain=_pem(made) + (issuer.sent if issuer else b""), key=_private_pem(key))


def _leaf(certificate: ClientCertificate) -> Any:
    from cryptography import x509

    return x509.load_pem_x509_certificates(certificate.chain)[0]


def _kept(leaf: Any) -> list[Any]:
    """What a certificate says of its holder and its purposes; what it says of its issuer is left out."""
    from cryptography import x509

    kinds = (x509.KeyUsage, x509.ExtendedKeyUsage, x509.SubjectAlternativeName, x509.BasicConstraints)
    return [one for one in leaf.extensions if isinstance(one.value, kinds)]


def _begun(subject: Any, issuer: Any, key: Any, start: datetime, end: datetime) -> Any:
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _renamed(subject: Any, name: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    kept = [one for one in subject if one.oid != NameOID.COMMON_NAME]
    return x509.Name([*kept, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_like(public: Any) -> Any:
    """A new key of the same kind, so that a server that takes one takes the other."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    if isinstance(public, rsa.RSAPublicKey):
        bits = min(max(public.key_size, 2048), _MOST_BITS)
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ec.generate_private_key(public.curve)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return ed25519.Ed25519PrivateKey.generate()
    if isinstance(public, ed448.Ed448PublicKey):
        return ed448.Ed448PrivateKey.generate()
    raise ValueError("the kind of its key is not known")


def _hash(key: Any, ec: Any) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(key, rsa.RSAPrivateKey):
        return hashes.SHA256()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return hashes.SHA384() if key.curve.key_size > 256 else hashes.SHA256()
    return None


def _signs_certificates() -> Any:
    from cryptography import x509

    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **dict.fromkeys(names, False))


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    found: bytes = certificate.public_bytes(Encoding.PEM)
    return found


def _private_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    found: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return found
