"""Parameters that probes and checks share: what is asked of a FHIR endpoint.

They stand here because checks name needs and never import probes.
"""

from __future__ import annotations

from typing import Literal

from checker.model.value import Params

Alteration = Literal[
    "signature-removed",
    "signature-altered",
    "payload-altered",
    "alg-none",
    "alg-none-mixed-case",
    "garbage",
    "in-query",
    "also-in-query",
    "given-twice",
    "lower-case-scheme",
    "key-id-absent",
    "key-id-unknown",
    "key-id-path",
    "key-id-quote",
    "key-id-long",
    "own-key",
    "own-key-in-jwk",
    "key-at-jku",
    "key-at-x5u",
    "in-form",
    "basic-instead",
]
"""What can be done to an access token, each in one respect."""
HOSTILE_KEY_IDS: tuple[Alteration, ...] = (
    "key-id-absent",
    "key-id-unknown",
    "key-id-path",
    "key-id-quote",
    "key-id-long",
)
"""A ``kid`` that is not there, is nobody's, is a path, ends a text of SQL, or fills four kibibytes."""
KEY_ADDRESSES: dict[Alteration, str] = {"key-at-jku": "jku", "key-at-x5u": "x5u"}
"""Signed by a key of this tool that can be fetched from this machine → the header parameter that says where."""
PUBLIC_KEY = "hmac-with-public-key:"
"""An alteration of a token: an HMAC with the public text, in Base64url, that follows."""
IN_QUERY: Alteration = "in-query"
"""The token as it is, in the query of the URL and not in the header (RFC 6750 section 2.3)."""


class OfType(Params, frozen=True, kw_only=True):
    """A resource type; Patient when a profile names none."""

    type: str = "Patient"


class OneResource(Params, frozen=True, kw_only=True):
    """A resource type and a logical id."""

    type: str
    id: str


class Sample(Params, frozen=True, kw_only=True):
    """A resource type and how many resources of it are read at most."""

    type: str
    times: int = 3


class Paging(Params, frozen=True, kw_only=True):
    """A resource type, the page size that is asked for, and how many pages are followed at most."""

    type: str
    count: int = 2
    pages: int = 10


RECORD_TYPES = (
    "Patient",
    "AllergyIntolerance",
    "Appointment",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
)
"""The resource types that make up most of a patient's record."""


class Counted(Params, frozen=True, kw_only=True):
    """The resource types that are counted, as far as the server says that it searches them."""

    types: tuple[str, ...] = RECORD_TYPES


class Declared(Params, frozen=True, kw_only=True):
    """How many of the declared resource types are tried at most."""

    types: int = 12


class Claims(Params, frozen=True, kw_only=True):
    """How many requests at most go into all that a CapabilityStatement claims."""

    requests: int = 600


class Criterion(Params, frozen=True, kw_only=True):
    """A resource type, a search parameter of it, a value that it takes and one that it cannot take."""

    type: str = "Patient"
    parameter: str = "birthdate"
    works: str = "ge1900-01-01"
    malformed: str = "not-a-date"


UNKNOWN_PARAMETER = "no-such-parameter-9f6c2d"
"""A search parameter that no server has."""
OTHER_SYSTEM = "https://no-such-system.invalid/id"
"""A system under which nobody has an identifier (RFC 2606 section 2)."""


LOCATION_SEARCHES = {"address-postalcode": "address", "general-practitioner": "generalPractitioner"}
"""Search parameters of Patient that tell where somebody lives → what of a patient they look at."""


class AlteredToken(Params, frozen=True, kw_only=True):
    """A resource type, and what is done to the access token.

    ``alteration``: see ``probes/alterations.py``.
    """

    type: str = "Patient"
    alteration: Alteration = "payload-altered"


ISSUED = "issued"
"""The identity that signs tokens with the key of their issuer: the token of the default identity, once more."""
Change = Literal["expired", "just-expired", "not-yet-valid", "other-audience", "other-issuer", "id-token"]
"""What can be wrong with a token that its issuer signed."""
HANDED: tuple[Change, ...] = ("expired", "other-audience", "other-issuer", "id-token")
"""Identities of the kind bearer whose tokens are there to be refused."""


class ReissuedToken(Params, frozen=True, kw_only=True):
    """A resource type, and what is wrong with a token that its issuer signed all the same.

    Such a token is made with the key of the issuer (identity ``issued``), or was handed over: the identity of the
    kind bearer that has the name of the change.
    """

    type: str = "Patient"
    change: Change = "expired"


SHOWING = "client-certificate:"
"""An alteration of the connection: of its own, and the client certificate is as the word says that follows."""
CertificateChange = Literal[
    "shown",
    "none",
    "none-unverified",
    "self-signed",
    "unknown-authority",
    "expired",
    "revoked",
    "other-name",
    "second",
    "in-header",
    "in-nginx-headers",
    "in-apache-headers",
    "in-cloud-headers",
]
"""``shown``: the one of the default identity, as it is. ``none``: no certificate; ``none-unverified``: nor is
that of the server looked at, which is for requests as nobody alone. ``in-…``: none, and headers of the
request say that it was shown. ``second``: another good one. What each of the others is wrong in, its name says."""
UNVERIFIED = f"{SHOWING}none-unverified"
HANDED_CERTIFICATES: dict[CertificateChange, str] = {
    "expired": "certificate-expired",
    "revoked": "certificate-revoked",
    "other-name": "certificate-other-name",
    "second": "certificate-second",
}
"""Certificates that only their issuer can make → the identity (kind ``client-certificate``) that holds it."""
IN_HEADERS: tuple[CertificateChange, ...] = (
    "in-header",
    "in-nginx-headers",
    "in-apache-headers",
    "in-cloud-headers",
)
SPINE_FACING = "faces-the-spine"
"""The name under ``[known]`` that says whether the endpoint is called by the Spine or its proxy: yes or no."""


class WithCertificate(Params, frozen=True, kw_only=True):
    """A resource type to read, and what is done to the client certificate of the connection."""

    type: str = "Patient"
    change: CertificateChange = "none"


class Pairwise(Params, frozen=True, kw_only=True):
    """Two identities of one kind, each with a patient of its own in the supplier file: ``patient-a`` and ``patient-b``
    with their own records, or ``tenant-a`` and ``tenant-b`` with a patient of their own organisation.
    """

    kind: Literal["patient", "tenant"] = "patient"

    @property
    def one(self) -> str:
        """The identity that tries to get at what is not its own."""
        return f"{self.kind}-a"

    @property
    def other(self) -> str:
        """The identity whose patient it is."""
        return f"{self.kind}-b"


READ_ONLY = "read-only"
"""The identity whose scope covers reads, and no write."""


class Moment(Params, frozen=True, kw_only=True):
    """``start`` or ``end`` of a run."""

    when: str


class Walk(Params, frozen=True, kw_only=True):
    """What is read of an endpoint to hold it against an export.

    ``types``: the most resource types that are walked; ``pages`` of ``count`` resources are followed for each at
    most. ``sample``: so many resources of the export, chosen by the seed of the run among those that the walk did
    not meet, are read one by one. ``aside``: paths, without indices, in which the two may differ.
    """

    types: int = 16
    count: int = 200
    pages: int = 10
    sample: int = 20
    aside: tuple[str, ...] = ("meta.versionId", "meta.lastUpdated", "text", "contained.text")


WITHOUT = "without-header:"
"""An alteration of a request: the header of the name that follows is not sent."""
MALFORMED = "malformed-header:"
"""Likewise: it is sent with a value that it cannot have."""


class OfHeader(Params, frozen=True, kw_only=True):
    """A header that every request carries, by its name, and a resource type to search."""

    name: str = "X-Request-ID"
    type: str = "Patient"


class ClearText(Params, frozen=True, kw_only=True):
    """The port that is asked without TLS: 80, where a browser goes that was given no scheme."""

    port: int = 80


class Exported(Params, frozen=True, kw_only=True):
    """What is exported, and how far the export is followed.

    ``path`` is below the base. ``types`` go into ``_type``. ``polls``: so often the status is asked for at most;
    ``most_s``: so many seconds are waited in all; ``files``: so many files are fetched at most.
    """

    path: str = "Patient/$export"
    types: tuple[str, ...] = ("Patient",)
    polls: int = 20
    most_s: float = 300.0
    files: int = 6


class Shown(Params, frozen=True, kw_only=True):
    """What a server is asked to show of itself before searches are tried.

    ``types``: the most resource types; ``pages`` of 100 resources are followed for each at most. Where a type is not
    shown without a patient, it is asked for ``patients`` of those that were shown.
    """

    types: int = 12
    pages: int = 2
    patients: int = 2


class Trial(Params, frozen=True, kw_only=True):
    """A kind of trial of searches (``checker.fhir.search.families``), and how many requests it takes at most."""

    family: str
    requests: int


READ_AGAIN = 2
"""So many resources are read again at most, to see whether they changed while searches were tried."""
UNKNOWN_MODIFIER = "no-such-modifier"
"""A search modifier that no server has."""
ASIDE = "aside"
"""The view of exchanges that show no record as it is: parts, HEAD, conditions, formats that nobody has. Passive checks
and scans look at the view ``fhir``, and leave these out."""
PART = "identifier"
"""The element that is asked for alone."""
NO_TAG = 'W/"no-such-tag-9f6c2d"'
"""An entity tag that no version has."""


class ReadOnlyOperations(Params, frozen=True, kw_only=True):
    """A resource type, and how many of its declared operations are tried at most."""

    type: str = "Patient"
    times: int = 3


class Referenced(Params, frozen=True, kw_only=True):
    """How many declared types are searched for references (``types``), and how many targets are read (``times``)."""

    types: int = 12
    times: int = 4


class Breached(Params, frozen=True, kw_only=True):
    """The rule that an offered resource breaks: a name in the table of ``checker.fhir.offered``."""

    rule: str


METADATA_OF = ("openid", "oauth")
"""The forms in which an authorisation server tells of itself: OpenID Connect Discovery, and RFC 8414."""
FORGED_HOST = "checker.example"
"""A host that is nobody's (RFC 6761 section 6.5), named by forged headers and look-alike origins."""
NO_METHOD = "NOSUCHMETHOD"
"""A method that HTTP does not have."""
NOBODY = "no-such-name-9f6c2d"
"""A family name that nobody has."""
INJECTED = ("' OR '1'='1", "\\", "%", '";')
"""What is put after it: a tautology of SQL, an escape, a wildcard, a quote."""
MARKER = "<i>checker-9f6c2d</i>"
"""Harmless markup, to be known again."""
INJECTED_HEADER = "X-Checker-Injected"
ODD_IDS = ("a" * 1024, 'two words; "quoted"')
"""What is no correlation id: far too long, and not one word."""
EXPOSED: dict[str, tuple[str, str]] = {
    "git": (".git/HEAD", r"^ref: refs/"),
    "svn": (".svn/entries", r"^(?:\d+\s|<\?xml[^>]*>\s*<wc-entries)"),
    "environment": (".env", r"^\s*(?:#[^\n]*\n\s*)*(?:export )?[A-Z][A-Z0-9_]{2,}="),
    "actuator": ("actuator", r'^\s*\{"_links"\s*:'),
    "metrics": ("metrics", r"^# (?:HELP|TYPE) \w"),
    "variables": ("debug/vars", r'^\s*\{\s*"(?:cmdline|memstats)"\s*:'),
    "status": ("server-status", r"<title>Apache Status</title>"),
    "php": ("phpinfo.php", r"<title>(?:PHP \S+ - )?phpinfo\(\)</title>"),
    "console": ("h2-console/", r"<title>H2 Console</title>"),
}
"""What should not lie open at a host → its path, and the pattern that its beginning is known by."""


class ExposedPath(Params, frozen=True, kw_only=True):
    """One of ``EXPOSED``, by its name."""

    name: str


KEYS_ADDRESS = "client-keys"
"""The name in ``[known]`` of the URL at which the supplier's client publishes its keys for the NHS."""
ASSERTED_FOR = "nhs-token-url"
"""Likewise of the token endpoint that its assertions are made for, where that is not the address they are sent to."""
NHS_HOSTS = "nhs-hosts"
"""Likewise of hosts, separated by blanks, that stand for those of the NHS in captured requests."""
ORGANISATIONS = "requesting-organisations"
"""Likewise of the ODS codes, separated by blanks, of the organisations whose users send the captured requests."""
IN_FORM: Alteration = "in-form"
"""The token as it is, in the form of the body and not in the header (RFC 6750 section 2.2)."""
BASIC_INSTEAD: Alteration = "basic-instead"
"""The client's id and secret by Basic, in the place of its token."""
KEY_ALONE = "api-key"
"""The identity of the kind api-key that opens nothing by itself."""
APPLICATION = "application"
"""The identity of an application that nobody is logged in to."""
USER_RESTRICTED = "user-restricted"
"""A name under ``[known]``: what only a person who is logged in may read, below the base URL, as ``Patient/1``."""
PLACED: frozenset[Alteration] = frozenset({IN_QUERY, IN_FORM, "also-in-query", "given-twice", "lower-case-scheme"})
"""Alterations that leave the token as it is, in another place or another spelling."""
