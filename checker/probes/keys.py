"""Private keys in PEM (RFC 7468): opened with their passphrase, and what is wrong with one said in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

FEWEST_RSA_BITS = 2048
"""Shorter RSA keys may not sign a JWT (RFC 7518 section 3.3)."""
ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "secp256r1",
    "ES384": "secp384r1",
}
"""With which a client assertion may be signed (RFC 7518 section 3.1), and the kind of key or curve that it takes."""
_OTHERS = (
    (b"BEGIN PUBLIC KEY", "holds a public key"),
    (b"BEGIN RSA PUBLIC KEY", "holds a public key"),
    (b"BEGIN CERTIFICATE", "holds a certificate and no key"),
    (b'"kty"', "holds a JSON Web Key"),
)
_KEY_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_PEM_WANTED = "Give the private key in PEM: a text that begins with -----BEGIN … PRIVATE KEY-----."


class KeyProblem(Exception):
    """A key that cannot be used. ``what`` follows the words "the private key"; ``advice`` is what to do."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


@dataclass(frozen=True)
class PrivateKey:
    """An opened key. ``pem`` is PKCS #8 without encryption: it stays in memory."""

    pem: bytes
    described: str
    """``RSA, 4096 bits`` or ``EC, secp384r1``."""
    kind: str
    """``RSA`` or the name of the curve."""
    was_encrypted: bool


def open_key(pem: bytes, passphrase: bytes = b"") -> PrivateKey:
    """Open a private key. Raises ``KeyProblem``; its words hold nothing of the key or the passphrase."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    encrypted = is_encrypted(pem)
    key = _loaded(pem, passphrase if encrypted else b"", encrypted=encrypted)
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < FEWEST_RSA_BITS:
            raise KeyProblem(
                f"is an RSA key of {key.key_size} bits",
                f"Make one of at least {FEWEST_RSA_BITS} bits (4096 is usual): shorter ones may not sign (RFC 7518).",
            )
        kind, described = "RSA", f"RSA, {key.key_size} bits"
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind, described = key.curve.name, f"EC, {key.curve.name}"
    else:
        raise KeyProblem("is neither an RSA nor an EC key", "Make an RSA key for RS512, or an EC key for ES384.")
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateKey(pem=plain, described=described, kind=kind, was_encrypted=encrypted)


def is_encrypted(pem: bytes) -> bool:
    """Does the PEM text say that a passphrase opens it (RFC 5958, or the older OpenSSL form)?"""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem or b"Proc-Type: 4,ENCRYPTED" in pem


def must_sign(key: PrivateKey, algorithm: str) -> None:
    """Can the key sign with that algorithm, one of ``ALGORITHMS``? Raises ``KeyProblem``."""
    wanted = ALGORITHMS[algorithm]
    if key.kind != wanted:
        word = "an RSA key" if wanted == "RSA" else f"an EC key on the curve {wanted}"
        fitting = [name for name, kind in ALGORITHMS.items() if kind == key.kind]
        other = f", or set 'algorithm' to one of {', '.join(fitting)}" if fitting else ""
        raise KeyProblem(
            f"cannot sign with {algorithm}: it is {key.described}", f"{algorithm} takes {word}: give one{other}."
        )


def opened(pem: bytes, passphrase: bytes = b"") -> bytes:
    """The PEM text with its private key opened, the same bytes if it is not encrypted. Raises ``KeyProblem``.

    Unlike ``open_key`` it takes any kind of key, and certificates may stand beside it.
    """
    from cryptography.hazmat.primitives import serialization

    if not is_encrypted(pem):
        return pem
    block = _KEY_BLOCK.search(pem)
    key = _loaded(block[0] if block else pem, passphrase, encrypted=True)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def bodies(pem: bytes) -> tuple[bytes, ...]:
    """How a key may turn up: as its PEM text, and as its base64 without line ends."""
    text = pem.strip()
    inside = [line.strip() for line in text.splitlines() if line.strip() and b"-" not in line and b":" not in line]
    return tuple(form for form in (text, b"".join(inside)) if form)


def _loaded(pem: bytes, passphrase: bytes, *, encrypted: bool) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    if b"PRIVATE KEY" not in pem:
        said = next((words for mark, words in _OTHERS if mark in pem), "is no PEM text" if pem.strip() else "is empty")
        raise KeyProblem(said, _PEM_WANTED)
    if encrypted and not passphrase:
        raise KeyProblem(
            "is encrypted, and no passphrase is named",
            "Name the variable that holds its passphrase: key-passphrase-env (certificate-key-passphrase-env for the "
            "key of a certificate).",
        )
    try:
        return serialization.load_pem_private_key(pem, passphrase or None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            raise KeyProblem(
                "is not opened by its passphrase",
                "Check that the passphrase belongs to this key, without spaces or line ends; try it with: "
                "openssl pkey -in FILE -noout",
            ) from None
        raise KeyProblem("is damaged, or of a kind that is not known here", _PEM_WANTED) from None
