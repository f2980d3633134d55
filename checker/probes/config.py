"""What a run needs to reach the outside: identities by reference, proxy, trust. No secret is in here."""

from __future__ import annotations

from datetime import datetime

from checker.model.value import Value


class SecretRef(Value, frozen=True, kw_only=True):
    """Where a secret is: an environment variable or a file. Exactly one is set."""

    env: str = ""
    file: str = ""


class IdentityConfig(Value, frozen=True, kw_only=True):
    """One identity of the supplier file, credentials by reference."""

    name: str
    kind: str
    """``none``, ``api-key``, ``bearer``, ``client-credentials``, ``private-key-jwt``, ``client-certificate``,
    ``token-issuer``, ``certificate-issuer``."""
    header: str = "apikey"
    """Header of an API key."""
    secret: SecretRef | None = None
    """API key, bearer token or client secret."""
    token_url: str = ""
    expires_at: datetime | None = None
    """When a bearer token ends, where it does not say so itself (an opaque one)."""
    client_id: str = ""
    client_id_from: SecretRef | None = None
    """Where the client id is, when it stands in for a secret (the API key of a platform)."""
    scope: str = ""
    key: SecretRef | None = None
    """PEM private key that signs the client assertion (RFC 7523)."""
    key_passphrase: SecretRef | None = None
    """Opens ``key``, if it is encrypted."""
    key_id: str = ""
    algorithm: str = "RS512"
    audience: str = ""
    """Of the client assertion; the token URL when empty."""
    patient: str = ""
    """The logical id of a synthetic patient that this identity may see, and others may not."""
    certificate: SecretRef | None = None
    """PEM client certificate chain, for any kind."""
    certificate_key: SecretRef | None = None
    certificate_key_passphrase: SecretRef | None = None
    """Opens ``certificate_key``, if it is encrypted."""


class NetworkConfig(Value, frozen=True, kw_only=True):
    """How to reach hosts that are not loopback, and whom to trust."""

    proxy: str = ""
    ca_bundle: str = ""
    """PEM file of trusted roots; "" for the roots that ``trust`` names."""
    trust: str = "bundled"
    """``bundled`` (the roots shipped with certifi) or ``system``."""
    http2: bool = False
    """Offer HTTP/2 to the supplier's system; HTTP/1.1 is spoken where it does not agree, and to everybody else."""
