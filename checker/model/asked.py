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
]
"""What can be done to an access token, each in one respect."""
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
