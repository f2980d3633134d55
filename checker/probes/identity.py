"""Identities with their secrets read: everything that can be wrong with them is said before anything is sent."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from checker.errors import SupplierFault
from checker.probes.addresses import host_and_port
from checker.probes.config import IdentityConfig
from checker.probes.secrets import KnownSecrets, read_reference, read_secret
from checker.probes.trust import ClientCertificate, Trust

NOBODY = "none"
API_KEY = "api-key"
BEARER = "bearer"
CLIENT_CREDENTIALS = "client-credentials"
PRIVATE_KEY_JWT = "private-key-jwt"
CLIENT_CERTIFICATE = "client-certificate"
KINDS = (NOBODY, API_KEY, BEARER, CLIENT_CREDENTIALS, PRIVATE_KEY_JWT, CLIENT_CERTIFICATE)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
"""With which a client assertion may be signed (RFC 7518 §3.1)."""


@dataclass(frozen=True)
class Identity:
    """One identity, ready to use. ``secret`` is the API key, bearer token or client secret."""

    config: IdentityConfig
    secret: bytes = b""
    key: bytes = b""
    """PEM private key of the client assertion."""
    certificate: ClientCertificate | None = None

    @property
    def name(self) -> str:
        """Its name in the supplier file."""
        return self.config.name

    @property
    def fetches_token(self) -> bool:
        """Does it ask a token endpoint for its credential (RFC 6749 §4.4)?"""
        return self.config.kind in {CLIENT_CREDENTIALS, PRIVATE_KEY_JWT}


def load_identities(
    configs: Iterable[IdentityConfig],
    *,
    root: Path,
    environ: Mapping[str, str],
    trust: Trust,
    known: KnownSecrets,
) -> dict[str, Identity]:
    """Read every secret and key. Raises ``SupplierFault`` for the first that cannot be used."""
    found: dict[str, Identity] = {}
    for config in configs:
        if config.name in found or not config.name:
            raise SupplierFault(
                f"Identity {config.name!r} is named twice." if config.name else "An identity has no name.",
                next_step="Give each identity in supplier.toml a name of its own.",
            )
        found[config.name] = _load(config, root, environ, trust, known)
    return found


def _load(
    config: IdentityConfig, root: Path, environ: Mapping[str, str], trust: Trust, known: KnownSecrets
) -> Identity:
    if config.kind not in KINDS:
        raise _fault(config, f"has the unknown kind {config.kind!r}", f"Use one of {', '.join(KINDS)}.")
    secret = key = b""
    if config.kind in {API_KEY, BEARER, CLIENT_CREDENTIALS}:
        what = f"{_SECRET_WORDS[config.kind]} of identity {config.name}"
        secret = read_secret(config.secret, what=what, root=root, environ=environ)
        if config.kind != CLIENT_CREDENTIALS and not _fits_a_header(secret):
            raise _fault(config, "has a secret that cannot be sent in a header", "Remove line breaks and controls.")
        known.add(_SECRET_WORDS[config.kind], secret)
    if config.kind in {CLIENT_CREDENTIALS, PRIVATE_KEY_JWT}:
        if host_and_port(config.token_url) is None or not config.client_id:
            raise _fault(config, "lacks a token_url or a client_id", "Set both in supplier.toml.")
        if config.kind == CLIENT_CREDENTIALS:
            known.add("client secret", basic(config.client_id, secret).encode())
    if config.kind == PRIVATE_KEY_JWT:
        key = read_reference(config.key, what=f"private key of identity {config.name}", root=root, environ=environ)
        _check_key(config, key)
        known.add("private key", key.strip())
    certificate = _certificate(config, root, environ, trust, known)
    return Identity(config=config, secret=secret, key=key, certificate=certificate)


_SECRET_WORDS = {API_KEY: "API key", BEARER: "bearer token", CLIENT_CREDENTIALS: "client secret"}


def basic(client_id: str, secret: bytes) -> str:
    """Client id and secret for HTTP Basic, each form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return base64.b64encode(pair.encode()).decode("ascii")


def _fits_a_header(secret: bytes) -> bool:
    """RFC 9110 §5.5."""
    return all(byte >= 0x20 and byte != 0x7F for byte in secret)


def _check_key(config: IdentityConfig, key: bytes) -> None:
    import jwt

    if config.algorithm not in ALGORITHMS:
        raise _fault(config, f"has the unknown algorithm {config.algorithm!r}", f"Use one of {', '.join(ALGORITHMS)}.")
    try:
        jwt.encode({"iss": config.client_id}, key.decode("ascii"), algorithm=config.algorithm)
    except (ValueError, TypeError, jwt.PyJWTError) as fault:
        raise _fault(
            config,
            f"has a private key that cannot sign with {config.algorithm}",
            "Give an unencrypted PEM private key of the kind that the algorithm needs.",
        ) from fault


def _certificate(
    config: IdentityConfig, root: Path, environ: Mapping[str, str], trust: Trust, known: KnownSecrets
) -> ClientCertificate | None:
    if config.certificate is None:
        if config.kind == CLIENT_CERTIFICATE:
            raise _fault(config, "has no certificate", "Name it under certificate in supplier.toml.")
        return None
    what = f"client certificate of identity {config.name}"
    chain = read_reference(config.certificate, what=what, root=root, environ=environ)
    key = chain
    if config.certificate_key is not None:
        key = read_reference(config.certificate_key, what=f"key of the {what}", root=root, environ=environ)
    certificate = ClientCertificate(chain=chain, key=key)
    try:
        trust.context(certificate)
    except (ValueError, OSError) as fault:  # ssl.SSLError is an OSError
        raise _fault(
            config,
            "has a client certificate or key that cannot be used",
            "Give the PEM chain, leaf first, and the unencrypted PEM key that belongs to it.",
        ) from fault
    known.add("certificate key", key.strip())
    return certificate


def _fault(config: IdentityConfig, what: str, next_step: str) -> SupplierFault:
    return SupplierFault(f"Identity {config.name!r} {what}.", next_step=next_step)
