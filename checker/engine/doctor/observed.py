"""What was seen on the way to a supplier's system: facts only, from which the steps are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from checker.engine.supplier_file import SupplierFile
from checker.errors import CheckerError, CredentialFault
from checker.model.evidence import HandshakeAttempt
from checker.model.view import Exchange
from checker.probes.addresses import is_loopback, origin
from checker.probes.config import IdentityConfig
from checker.probes.identity import Identity
from checker.probes.reach import NAME, PORT, PROXY, Lookup, Reach
from checker.probes.tokens import Claims

PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
"""Environment variables by which other programs find a proxy. The checker ignores them on purpose."""


@dataclass(frozen=True)
class Asked:
    """The answer to one request, after redirects. ``by``: where it was redirected to."""

    exchange: Exchange
    by: tuple[str, ...] = ()
    bare: bool = False
    """Was it sent without the credential that it should have had?"""


@dataclass
class Observed:
    """Filled in as the way is gone. None: that was not tried."""

    found: SupplierFile
    source: str
    """The supplier file; "" when there is none."""
    remarks: tuple[str, ...] = ()
    """What is allowed, but worth saying."""
    faults: tuple[CheckerError, ...] = ()
    """What is wrong with the configuration."""
    artefacts: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Artefact id → number of files, and what is in the way of reading them."""
    proxy_variables: tuple[str, ...] = ()
    """Names of those that are set."""
    credential_read: bool = True
    """Could the secrets be read?"""
    credential_faults: tuple[CredentialFault, ...] = ()
    """What is wrong with a secret, key or certificate."""
    loaded: Identity | None = None
    """The default identity with what was read for it."""
    assertion: tuple[Claims, Claims] | None = None
    """Header and claims of a client assertion as it is sent."""
    lookup: Lookup | None = None
    proxy_lookup: Lookup | None = None
    reach: Reach | None = None
    handshake: HandshakeAttempt | None = None
    public_names: frozenset[str] = frozenset()
    """Names (RFC 4514) of the public authorities."""
    token: Asked | None = None
    token_ends: datetime | None = None
    """Of a bearer token that was configured."""
    metadata: Asked | None = None
    search: Asked | None = None
    read: Asked | None = None
    now: datetime | None = None

    @property
    def base_url(self) -> str:
        """The FHIR base URL; "" when only files are judged."""
        return self.found.supplier.base_url

    @property
    def host(self) -> str:
        """The host of the base URL."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def port(self) -> int:
        """The port of the base URL."""
        parts = urlsplit(self.base_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def https(self) -> bool:
        """Is it an https URL?"""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def proxied(self) -> bool:
        """Does the way lead through the proxy of the run?"""
        return bool(self.found.network.proxy) and not is_loopback(self.host)

    @property
    def raw(self) -> bool:
        """Can plain connections be tried: directly, or through a proxy that is itself reached by http?"""
        return not self.proxied or self.found.network.proxy.startswith("http://")

    @property
    def identity(self) -> IdentityConfig | None:
        """The identity that probes use unless they need another."""
        return next((one for one in self.found.identities if one.name == "default"), None)

    @property
    def token_elsewhere(self) -> bool:
        """Is the token endpoint at another origin than the FHIR endpoint?"""
        identity = self.identity
        return identity is not None and origin(identity.token_url) != origin(self.base_url)

    @property
    def way_open(self) -> bool:
        """Can a request reach the FHIR endpoint, as far as is known?"""
        if not self.raw:
            return True
        if self.reach is None or self.reach.failure is not None:
            return False
        return not self.https or (self.handshake is not None and self.handshake.verified)

    @property
    def in_the_way(self) -> str:
        """What keeps requests from the FHIR endpoint, for a step that could not be tried."""
        if self.reach is None:
            return "the configuration is in the way"
        if self.reach.failure is not None:
            stage = self.reach.stage
            return f"the {stage} is in the way" if stage in (NAME, PROXY, PORT) else self.reach.failure.message
        return "TLS is in the way: nothing is sent to a server that is not verified"

    @property
    def hint_of_proxy(self) -> str:
        """A way out when nothing gets through and other programs here use a proxy."""
        if not self.proxy_variables or self.proxied or is_loopback(self.host):
            return ""
        return (
            f" Other programs here use the proxy in {self.proxy_variables[0]}; the checker ignores it unless it is "
            "given with --proxy."
        )
