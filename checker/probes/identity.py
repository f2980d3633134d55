"""Identities with their secrets read: everything that can be wrong with them is said before anything is sent."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_plus

import msgspec

from checker.errors import CredentialFault, SupplierFault
from checker.probes import keys
from checker.probes.addresses import host_and_port
from checker.probes.config import IdentityConfig, SecretRef
from checker.probes.secrets import KnownSecrets, open_to_others, place, read_reference, read_secret
from checker.probes.trust import ClientCertificate, Trust

NOBODY = "none"
API_KEY = "api-key"
BEARER = "bearer"
CLIENT_CREDENTIALS = "client-credentials"
PRIVATE_KEY_JWT = "private-key-jwt"
CLIENT_CERTIFICATE = "client-certificate"
ISSUER = "token-issuer"
"""The key that a test system signs access tokens with: what is wrong with one can then be tried."""
CERTIFICATE_ISSUER = "certificate-issuer"
"""The authority of a test system that issues client certificates: what is wrong with one can then be tried."""
KINDS = (
    *(NOBODY, API_KEY, BEARER, CLIENT_CREDENTIALS, PRIVATE_KEY_JWT, CLIENT_CERTIFICATE),
    *(ISSUER, CERTIFICATE_ISSUER),
)
ALGORITHMS = tuple(keys.ALGORITHMS)


@dataclass(frozen=True)
class Identity:
    """One identity, ready to use. ``secret`` is the API key, bearer token or client secret."""

    config: IdentityConfig
    secret: bytes = b""
    key: bytes = b""
    """PEM private key of the client assertion, opened."""
    certificate: ClientCertificate | None = None
    read: tuple[str, ...] = ()
    """What was read, and from where, in sentences without a secret."""
    remarks: tuple[str, ...] = ()
    """What works and is not as it should be."""
    certificate_ends: datetime | None = None

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
        if config.kind not in KINDS:
            raise SupplierFault(
                f"Identity {config.name!r} has the unknown kind {config.kind!r}.",
                next_step=f"Use one of {', '.join(KINDS)}.",
            )
        found[config.name] = _Reading(config, root, environ, known).identity(trust)
    return found


_SECRET_WORDS = {API_KEY: "API key", BEARER: "bearer token", CLIENT_CREDENTIALS: "client secret"}


def basic(client_id: str, secret: bytes) -> str:
    """Client id and secret for HTTP Basic, each form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return base64.b64encode(pair.encode()).decode("ascii")


@dataclass
class _Reading:
    """Reads what one identity needs, and keeps what it has to say of it."""

    config: IdentityConfig
    root: Path
    environ: Mapping[str, str]
    known: KnownSecrets
    said: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ends: datetime | None = None
    """When the client certificate ends."""

    def identity(self, trust: Trust) -> Identity:
        try:
            return self._identity(trust)
        except CredentialFault as fault:
            fault.before = tuple(self.said)
            raise

    def _identity(self, trust: Trust) -> Identity:
        config = self.config
        secret = self._secret() if config.kind in _SECRET_WORDS else b""
        if config.kind in {CLIENT_CREDENTIALS, PRIVATE_KEY_JWT}:
            self._client()
            if config.kind == CLIENT_CREDENTIALS:
                self.known.add("client secret", basic(self.config.client_id, secret).encode())
        key = self._key() if config.kind in {PRIVATE_KEY_JWT, ISSUER} else b""
        certificate = self._certificate(trust)
        return Identity(
            config=self.config,
            secret=secret,
            key=key,
            certificate=certificate,
            read=tuple(self.said),
            remarks=tuple(self.remarks),
            certificate_ends=self.ends,
        )

    def _secret(self) -> bytes:
        kind = self.config.kind
        word = _SECRET_WORDS[kind]
        what = f"{word} of identity {self.config.name}"
        secret = read_secret(self.config.secret, what=what, root=self.root, environ=self.environ)
        if kind == BEARER:
            secret = secret.removeprefix(b"Bearer ").strip()  # copied with its scheme
        if kind != CLIENT_CREDENTIALS and not _fits_a_header(secret):
            raise self._fault("has a secret that cannot be sent in a header", "Remove line breaks and controls.")
        self.known.add(word, secret)
        self._tell(word, self.config.secret, len(secret), "characters")
        return secret

    def _client(self) -> None:
        """The client id, which may be kept as a secret is."""
        config = self.config
        if config.client_id_from is not None:
            what = f"client id of identity {config.name}"
            found = read_secret(config.client_id_from, what=what, root=self.root, environ=self.environ)
            self.known.add("client id", found)
            self.config = msgspec.structs.replace(config, client_id=found.decode("utf-8", "replace"))
        if host_and_port(self.config.token_url) is None or not self.config.client_id:
            raise self._fault("lacks a token_url or a client_id", "Set both in supplier.toml.")

    def _key(self) -> bytes:
        config = self.config
        if config.algorithm not in ALGORITHMS:
            said = f"has the unknown algorithm {config.algorithm!r}"
            raise self._fault(said, f"Use one of {', '.join(ALGORITHMS)}.")
        pem = self._reference(config.key, "private key")
        passphrase = self._passphrase(config.key_passphrase, "passphrase of the private key")
        try:
            key = keys.open_key(pem, passphrase)
            keys.must_sign(key, config.algorithm)
        except keys.KeyProblem as problem:
            raise self._unusable("private key", config.key, problem) from None
        self._keep("private key", pem, key.pem)
        with_it = ", opened with its passphrase" if key.was_encrypted else ""
        self.said.append(f"the private key is loaded: {key.described}{with_it}")
        return key.pem

    def _certificate(self, trust: Trust) -> ClientCertificate | None:
        config = self.config
        if config.certificate is None:
            if config.kind in {CLIENT_CERTIFICATE, CERTIFICATE_ISSUER}:
                raise self._fault("has no certificate", "Name it under certificate in supplier.toml.")
            return None
        chain = self._reference(config.certificate, _CERTIFICATE)
        at = config.certificate_key or config.certificate
        pem = self._reference(at, "key of the client certificate") if config.certificate_key else chain
        passphrase = self._passphrase(config.certificate_key_passphrase, "passphrase of the certificate's key")
        try:
            key = keys.opened(pem, passphrase)
        except keys.KeyProblem as problem:
            raise self._unusable("key of the client certificate", at, problem) from None
        certificate = ClientCertificate(chain=chain, key=key)
        try:
            trust.context(certificate)
        except (ValueError, OSError):  # ssl.SSLError is an OSError
            raise CredentialFault(
                f"Identity {config.name!r} has {_wrong_with(chain, key)}.",
                where=place(at if _is_certificate(chain) else config.certificate),
                next_step="Give the PEM chain, leaf first, and the PEM key that belongs to it.",
            ) from None
        self._keep("certificate key", pem, key)
        self._leaf(chain)
        return certificate

    def _leaf(self, chain: bytes) -> None:
        """Whom the certificate is for, and until when; a chain that TLS takes and this cannot read says nothing."""
        from cryptography import x509

        try:
            leaf = x509.load_pem_x509_certificates(chain)[0]
            self.ends = leaf.not_valid_after_utc
            subject = leaf.subject.rfc4514_string() or "nobody by name"
        except ValueError:
            return
        self.said.append(f"the client certificate is for {subject}, and ends at {self.ends:%Y-%m-%d %H:%M} UTC")

    def _reference(self, ref: SecretRef | None, word: str) -> bytes:
        what = f"{word} of identity {self.config.name}"
        found = read_reference(ref, what=what, root=self.root, environ=self.environ)
        self._tell(word, ref, len(found), "bytes")
        return found

    def _passphrase(self, ref: SecretRef | None, word: str) -> bytes:
        if ref is None:
            return b""
        what = f"{word} of identity {self.config.name}"
        found = read_reference(ref, what=what, root=self.root, environ=self.environ).strip(b"\r\n")
        self.known.add("passphrase", found)
        return found

    def _keep(self, name: str, *pems: bytes) -> None:
        for pem in pems:
            for form in keys.bodies(pem):
                self.known.add(name, form)

    def _tell(self, word: str, ref: SecretRef | None, size: int, unit: str) -> None:
        self.said.append(f"the {word} is read from {place(ref)} ({size} {unit})")
        # A certificate is for everybody to see, unless its key stands in the same file.
        if (word != _CERTIFICATE or self.config.certificate_key is None) and open_to_others(ref, self.root):
            self.remarks.append(f"Other users of this machine can read the {word} ({place(ref)}): chmod 600.")

    def _unusable(self, word: str, ref: SecretRef | None, problem: keys.KeyProblem) -> CredentialFault:
        what = f"The {word} of identity {self.config.name} {problem.what}."
        return CredentialFault(what, where=place(ref), next_step=problem.advice)

    def _fault(self, what: str, next_step: str) -> CredentialFault:
        return CredentialFault(f"Identity {self.config.name!r} {what}.", next_step=next_step)


_CERTIFICATE = "client certificate"


def _is_certificate(chain: bytes) -> bool:
    from cryptography import x509

    try:
        return bool(x509.load_pem_x509_certificates(chain))
    except ValueError:
        return False


def _wrong_with(chain: bytes, key: bytes) -> str:
    """What TLS does not take of the two, in words."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    if not _is_certificate(chain):
        return "a client certificate that cannot be used: it is no certificate in PEM"
    try:
        other = load_pem_private_key(key, None).public_key()
        own = x509.load_pem_x509_certificates(chain)[0].public_key()
        forms = {one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in (own, other)}
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "a key of the client certificate that cannot be used: it is no private key in PEM"
    if len(forms) > 1:
        return "a key that does not fit its client certificate"
    return "a client certificate or key that cannot be used"


def _fits_a_header(secret: bytes) -> bool:
    """RFC 9110 §5.5."""
    return all(byte >= 0x20 and byte != 0x7F for byte in secret)
