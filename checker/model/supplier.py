"""The supplier as the recording keeps it, and the limits of a run. No secret is ever in here."""

from __future__ import annotations

from datetime import datetime

from checker.model.release import Release
from checker.model.table import Table
from checker.model.terms import Safety
from checker.model.value import Value

DEMONSTRATION = "demonstration"
"""The environment of a run against the checker's own reference supplier."""


class ArtefactRef(Value, frozen=True, kw_only=True):
    """An artefact that the supplier submits. ``location`` is not stored in a recording."""

    id: str
    kind: str
    """``export``, ``audit-log``, …"""
    location: str = ""
    """Path (relative to ``supplier.toml``) or URL."""
    tables: tuple[Table, ...] = ()
    """What the columns of its CSV and Parquet files mean."""


class IdentityRef(Value, frozen=True, kw_only=True):
    """An identity by name and kind: ``none``, ``api-key``, ``bearer``, ``client-credentials``,
    ``private-key-jwt``, ``client-certificate``, ``token-issuer``, ``certificate-issuer``.
    """

    name: str
    kind: str
    header: str = ""
    """The header of an API key."""
    patient: str = ""
    """The logical id of a patient that this identity may see, and that others of its kind may not."""
    certificate: bool = False
    """Has it a client certificate?"""


class HeaderTemplate(Value, frozen=True, kw_only=True):
    """A header that goes with every request to the endpoint (see ``model.header_template``)."""

    name: str
    value: str
    """With placeholders for what differs from run to run, and for secrets."""


class Authority(Value, frozen=True, kw_only=True):
    """Who allowed the run, where, and when. Needed above safety class S1."""

    authorised_by: str = ""
    hosts: tuple[str, ...] = ()
    """Hosts that may be contacted besides the hosts of the endpoints."""
    window_start: datetime | None = None
    window_end: datetime | None = None
    contacts: tuple[str, ...] = ()
    live_data_approved_by: str = ""
    test_number_ranges: tuple[tuple[str, str], ...] = ()
    """NHS number ranges declared synthetic, besides 9000000000 to 9999999999."""


class KnownRecords(Value, frozen=True, kw_only=True):
    """What the supplier says of the records that tests look for. Synthetic ones: nobody's."""

    restricted: tuple[str, ...] = ()
    """Logical ids of restricted patients (``meta.security`` R)."""
    invalidated: tuple[str, ...] = ()
    """Logical ids of patients whose records were made invalid."""
    withheld_codes: tuple[str, ...] = ()
    """``system|code`` of what the law restricts and an export for others leaves out."""


class Supplier(Value, frozen=True, kw_only=True):
    """The system under test, as every stage after collect sees it."""

    name: str
    product: str = ""
    version: str = ""
    environment: str = ""
    """``test``, ``live``, ``demonstration`` or a name; above S1 it must be the first or the third."""
    base_url: str = ""
    """FHIR base URL without a trailing slash; "" when only files are judged."""
    token_url: str = ""
    identities: tuple[IdentityRef, ...] = ()
    headers: tuple[HeaderTemplate, ...] = ()
    """What every request says of who asks."""
    artefacts: tuple[ArtefactRef, ...] = ()
    authority: Authority = Authority()
    records: KnownRecords = KnownRecords()
    known: tuple[tuple[str, str], ...] = ()
    """Names and values that requests need and only the supplier knows, e.g. who is addressed. No secrets."""
    release: Release | None = None
    """The release that is judged, as its publisher declares it."""

    def has_identity(self, name: str) -> bool:
        """Is that identity configured? Nobody ("") always is."""
        return name == "" or any(identity.name == name for identity in self.identities)

    @property
    def shows_certificate(self) -> bool:
        """Does the default identity show a client certificate, by itself or beside a token?"""
        return any(one.certificate for one in self.identities if one.name == "default")

    def patient_of(self, name: str) -> str:
        """The id of the patient that goes with an identity; "" where the supplier file names none."""
        return next((one.patient for one in self.identities if one.name == name), "")

    def known_value(self, name: str) -> str | None:
        """What ``[known]`` says under that name; None if nothing."""
        return next((value for key, value in self.known if key == name), None)

    def artefacts_of(self, kind: str) -> tuple[ArtefactRef, ...]:
        """The artefacts of one kind, in the order of the file; of several, where a ``+`` stands between them."""
        kinds = kind.split("+")
        return tuple(artefact for artefact in self.artefacts if artefact.kind in kinds)


class Limits(Value, frozen=True, kw_only=True):
    """The bounds of a run. Part of the plan, printed before the first request."""

    ceiling: Safety = Safety.S1
    requests_per_s: float = 2.0
    max_requests: int = 500
    wrong_credentials: int = 30
    """Requests with a wrong credential, at most: so many to the interface, and so many to the authorisation server.
    Some systems lock out who is refused too often, and neither of the two counts what the other refuses."""
    concurrency: int = 1
    """Requests under way at once, at most."""
    retries: int = 2
    """Per request, idempotent methods only."""
    redirects: int = 5
    timeout_s: float = 30.0
    """Total deadline of one request."""
    max_retry_after_s: float = 60.0
    """A longer Retry-After is not waited for."""
    max_body_bytes: int = 16 * 1024 * 1024
    max_resource_bytes: int = 64 * 1024 * 1024
    """The largest single resource that a scan reads."""
    spill_after_pairs: int = 2_000_000
    """Keyed scans spill to disk beyond so many pairs in memory."""
