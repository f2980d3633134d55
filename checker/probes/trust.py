"""TLS contexts of a client: whom to trust, and what to show."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from checker.errors import SupplierFault
from checker.model.value import sha256
from checker.probes.config import NetworkConfig

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
"""The names that a handshake ask may offer."""
_NO_CHECK_TIME = 0x200000
"""``X509_V_FLAG_NO_CHECK_TIME`` of OpenSSL, which the standard library does not name."""


@dataclass(frozen=True)
class ClientCertificate:
    """A client certificate chain and its key, PEM."""

    chain: bytes
    key: bytes

    def fingerprint(self) -> str:
        """SHA-256 of the certificate itself, without those of its authorities; "" where it is not to be read."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding

        try:
            return sha256(x509.load_pem_x509_certificates(self.chain)[0].public_bytes(Encoding.DER))
        except ValueError:
            return ""

    def load_into(self, context: ssl.SSLContext) -> None:
        """Show it when asked (RFC 8446 §4.4.2). Raises ``ssl.SSLError`` or ``ValueError`` if it is not one."""
        # The standard library loads from files only; these are private to this user and gone at once.
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_bytes(self.chain)
            key.write_bytes(self.key)
            context.load_cert_chain(chain, key, password=_no_password)


def _no_password() -> str:
    raise ValueError("the key is encrypted")


@dataclass(frozen=True)
class Trust:
    """The trust store of a run."""

    network: NetworkConfig
    root: Path

    def context(self, certificate: ClientCertificate | None = None, *, verify: bool = True) -> ssl.SSLContext:
        """A client context. Chain and host name (RFC 9110 §4.3.4) are verified unless ``verify`` is off."""
        context = self._verifying() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if certificate is not None:
            certificate.load_into(context)
        return context

    def of_the_chain(self, certificate: ClientCertificate | None = None) -> ssl.SSLContext:
        """A context that verifies the path to the trust store alone (RFC 5280 section 6.1).

        Dates, host name and the strength of keys are left aside: each of them has a requirement of its
        own, and a library that stops at the first problem would hide the others. So is the strict
        reading of extensions that newer Pythons begin with: private authorities often fall short of it.
        """
        context = self.context(certificate)
        context.check_hostname = False
        flags = int(context.verify_flags) & ~int(ssl.VERIFY_X509_STRICT)
        # As a number: the enumeration of the standard library drops a flag that it does not know.
        context.verify_flags = ssl.VerifyFlags(flags | _NO_CHECK_TIME)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context

    def intermediates(self) -> frozenset[str]:
        """The names (RFC 4514) of the certificates of ``--ca-bundle`` that are no roots; none where it is not used."""
        if not self.network.ca_bundle:
            return frozenset()
        from cryptography import x509

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some old roots have a serial number of 0
                found = x509.load_pem_x509_certificates((self.root / self.network.ca_bundle).read_bytes())
                names = [(one.subject.rfc4514_string(), one.issuer.rfc4514_string()) for one in found]
        except (OSError, ValueError):
            return frozenset()
        roots = {subject for subject, issuer in names if subject == issuer}
        return frozenset(subject for subject, _ in names if subject not in roots)

    def _verifying(self) -> ssl.SSLContext:
        if self.network.ca_bundle:
            try:
                return ssl.create_default_context(cafile=str(self.root / self.network.ca_bundle))
            except (OSError, ValueError) as fault:  # ssl.SSLError is an OSError
                raise SupplierFault(
                    "The CA bundle cannot be read.",
                    where=self.network.ca_bundle,
                    next_step="Give a PEM file with the trusted root certificates.",
                ) from fault
        if self.network.trust == "system":
            return ssl.create_default_context()
        import certifi

        return ssl.create_default_context(cafile=certifi.where())


def bundled_names() -> frozenset[str]:
    """The names (RFC 4514) of the public authorities whose roots are shipped with certifi."""
    import certifi
    from cryptography import x509

    found: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some old roots have a serial number of 0
        for root in x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes()):
            found.add(root.subject.rfc4514_string())
    return frozenset(found)


def offer(context: ssl.SSLContext, names: tuple[str, ...]) -> None:
    """Limit the context to those versions. Raises ``ValueError`` for what this client cannot offer."""
    versions = sorted(VERSIONS[name] for name in names)
    with warnings.catch_warnings():
        # TLS 1.0 and 1.1 are deprecated (RFC 8996): that is why they are offered.
        warnings.simplefilter("ignore", DeprecationWarning)
        if versions[0] < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = versions[-1]
        context.minimum_version = versions[0]
