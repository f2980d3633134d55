"""Which client certificate a connection shows, where a negative test says that it is not the usual one.

Certificates that only their issuer can make come from the supplier, or are made by the authority of a test system that
was handed over. Each is looked at first: one that differs from the good one in more than is tested shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from checker.model.asked import HANDED_CERTIFICATES, IN_HEADERS, SHOWING, CertificateChange
from checker.model.clock import Clock
from checker.model.exchange import Failure, Headers
from checker.model.terms import Reason
from checker.probes.certificate_forge import OTHER_NAME, issuer_of, like, unknown_authority
from checker.probes.certificate_headers import claimed
from checker.probes.credentials import DEFAULT
from checker.probes.identity import CERTIFICATE_ISSUER, CLIENT_CERTIFICATE, Identity
from checker.probes.keys import bodies
from checker.probes.secrets import KnownSecrets
from checker.probes.trust import ClientCertificate


@dataclass(frozen=True)
class Shows:
    """What a connection shows, and what its request says in headers that was shown."""

    certificate: ClientCertificate | None = None
    headers: Headers = ()


@dataclass
class Showing:
    """The client certificates of a run: those of the supplier file, and those that are made."""

    identities: dict[str, Identity]
    clock: Clock
    known: KnownSecrets
    _made: dict[str, ClientCertificate] = field(default_factory=dict)

    def of(self, alteration: str) -> Shows | Failure:
        """By the word of the alteration. A failure means: send nothing."""
        change = cast("CertificateChange", alteration.removeprefix(SHOWING))
        default = self.identities.get(DEFAULT)
        good = default.certificate if default else None
        if change in ("none", "none-unverified"):
            return Shows()
        if good is None:
            return _missing("the default identity has no client certificate")
        if change == "shown":
            return Shows(good)
        if change in IN_HEADERS:
            return Shows(headers=claimed(change, good.chain))
        try:
            found = self._found(change, good)
        except (ValueError, TypeError) as problem:  # of whatever stands in the files
            return _missing(f"no certificate could be made like that of the default identity ({problem})")
        return Shows(found) if isinstance(found, ClientCertificate) else found

    def _found(self, change: CertificateChange, good: ClientCertificate) -> ClientCertificate | Failure:
        name = HANDED_CERTIFICATES.get(change, "")
        handed = self.identities.get(name)
        if handed is not None and handed.certificate is not None:
            doubt = self._doubt(change, good, handed.certificate)
            return (
                _missing(f"the certificate of identity '{name}' does not show it: {doubt}")
                if doubt
                else (handed.certificate)
            )
        if change not in self._made:
            made = self._make(change, good)
            if made is None:
                way = "" if change == "revoked" else f", or an identity of kind {CERTIFICATE_ISSUER}"
                return _missing(f"there is no identity '{name}' of kind {CLIENT_CERTIFICATE}{way}")
            for form in bodies(made.key):
                self.known.add("certificate key", form)
            self._made[change] = made
        return self._made[change]

    def _make(self, change: CertificateChange, good: ClientCertificate) -> ClientCertificate | None:
        now = self.clock.now()
        if change == "self-signed":
            return like(good, None, now)
        if change == "unknown-authority":
            return like(good, unknown_authority(good, now), now)
        authority = next((one for one in self.identities.values() if one.config.kind == CERTIFICATE_ISSUER), None)
        if authority is None or authority.certificate is None or change == "revoked":
            return None
        issuer = issuer_of(authority.certificate)
        if issuer.certificate.subject != _leaf(good).issuer:
            raise ValueError("the authority that was handed over did not issue it")
        return like(good, issuer, now, ended=change == "expired", name=OTHER_NAME if change == "other-name" else "")

    def _doubt(self, change: CertificateChange, good: ClientCertificate, handed: ClientCertificate) -> str:
        """Why a certificate that was handed over proves nothing; "" if it differs in what is tested."""
        own, other, now = _leaf(good), _leaf(handed), self.clock.now()
        if own.fingerprint(own.signature_hash_algorithm) == other.fingerprint(own.signature_hash_algorithm):
            return "it is that of the default identity"
        if own.issuer != other.issuer:
            return "it has another issuer"
        if type(own.public_key()) is not type(other.public_key()):
            return "its key is of another kind"
        if other.not_valid_before_utc > now:
            return "it is not valid yet"
        over = bool(other.not_valid_after_utc <= now)
        if over != (change == "expired"):
            return "it has not ended" if change == "expired" else "it has ended"
        named = change == "other-name"
        if (_names(own) == _names(other)) == named and change != "second":
            return "it is for the same name" if named else "it is for another name"
        return ""


def _leaf(certificate: ClientCertificate) -> Any:
    from cryptography import x509

    return x509.load_pem_x509_certificates(certificate.chain)[0]


def _names(leaf: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What whoever lets somebody in by name looks at: the common names, and the names of hosts."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(sorted(found.get_values_for_type(x509.DNSName)))
    except x509.ExtensionNotFound:
        names = ()
    return tuple(str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)), names


def _missing(why: str) -> Failure:
    return Failure(reason=Reason.PREREQUISITE, cause="credential", message=f"Nothing was sent: {why}.")
