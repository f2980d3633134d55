"""The fields whose quality is measured, with the limits of each, and when the events of records took place.

What is listed by default are the core items of a UK Core export. Every limit is a choice of this project, since no
national standard fixes one for all; a profile of your own may set others.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.checks.field_paths import Places, path_of, places_of
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM
from checker.checks.registered_identifiers import ODS_ORGANISATION, ODS_SITE
from checker.model.value import Params

_ETHNIC = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"


class Item(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field as it is counted."""

    type: str
    """Resource type."""
    name: str
    path: str
    """See :mod:`checker.checks.field_paths`."""
    rule: str = ""
    """What its values are held against (:mod:`checker.checks.field_rules`); "" for nothing."""
    unless: tuple[str, ...] = ()
    """Paths: a resource that has something at one of them is not counted."""
    happened: bool = False
    """Count only what took place: nothing planned, cancelled or not done."""
    withheld: bool = False
    """May be withheld from records with restricted access, which are then not counted."""
    unique: bool = False
    """Should stand in one resource only."""

    @property
    def key(self) -> str:
        """``Type name``."""
        return f"{self.type} {self.name}"


class Limit(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of a field, in per cent. ``item`` is ``Type name``."""

    item: str
    complete: int = 0
    """At least so many of the resources have it."""
    valid: int = 0
    """At least so many of the values that could be tested are valid, defaults left aside."""
    default: int = 100
    """At most so many of the values are defaults."""


class Event(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what a resource tells of took place. ``lag``: does it count for timeliness?"""

    type: str
    path: str
    lag: bool = True


def places_by_type(events: Iterable[Event]) -> dict[str, Places]:
    """Where the time of an event stands, by type; of two events of one type the first."""
    found: dict[str, Places] = {}
    for event in events:
        found.setdefault(event.type, places_of(path_of(event.path)))
    return found


_PERIOD = "effectiveDateTime | effectiveInstant | effectivePeriod.start"
EVENTS: tuple[Event, ...] = (
    Event(type="Encounter", path="period.start"),
    Event(type="Observation", path=_PERIOD),
    Event(type="DiagnosticReport", path=_PERIOD),
    Event(type="Procedure", path="performedDateTime | performedPeriod.start"),
    Event(type="Immunization", path="occurrenceDateTime"),
    Event(type="MedicationRequest", path="authoredOn"),
    Event(type="MedicationAdministration", path="effectiveDateTime | effectivePeriod.start"),
    Event(type="MedicationDispense", path="whenHandedOver | whenPrepared"),
    Event(type="Condition", path="recordedDate | onsetDateTime | onsetPeriod.start", lag=False),
    Event(type="AllergyIntolerance", path="recordedDate | onsetDateTime", lag=False),
    Event(type="DocumentReference", path="date", lag=False),
)
"""A diagnosis may be recorded years after it was made, and a document is dated when it is indexed: no lag of these."""


def _event_date(event: Event) -> Item:
    return Item(type=event.type, name="event date", path=event.path, rule="date", happened=True)


ITEMS: tuple[Item, ...] = (
    Item(
        type="Patient",
        name="NHS number",
        path=f"identifier[{NHS_NUMBER_SYSTEM}].value",
        rule="nhs-number",
        unique=True,
    ),
    Item(type="Patient", name="birth date", path="birthDate", rule="birth-date"),
    Item(type="Patient", name="gender", path="gender", rule="gender"),
    Item(type="Patient", name="postcode", path="address[?postalCode]", rule="postcode", withheld=True),
    Item(
        type="Patient",
        name="ethnic category",
        path=f"extension[{_ETHNIC}].valueCodeableConcept.coding",
        rule="ethnic-category",
        withheld=True,
    ),
    Item(type="Patient", name="GP practice", path="generalPractitioner", rule="gp-practice", withheld=True),
    Item(
        type="Organization",
        name="organisation code",
        path=f"identifier[{ODS_ORGANISATION}].value | identifier[{ODS_SITE}].value",
        rule="ods-code",
        unless=("partOf",),
        unique=True,
    ),
    *(_event_date(event) for event in EVENTS),
    Item(type="Observation", name="code", path="code", rule="clinical-code"),
    Item(type="Condition", name="code", path="code", rule="clinical-code"),
    Item(type="Procedure", name="code", path="code", rule="clinical-code"),
    Item(type="AllergyIntolerance", name="code", path="code", rule="clinical-code"),
    Item(type="Immunization", name="vaccine", path="vaccineCode", rule="clinical-code"),
    Item(
        type="MedicationRequest",
        name="medicine",
        path="medicationCodeableConcept | medicationReference",
        rule="clinical-code",
    ),
)

_LIMITS: dict[str, tuple[int, int, int]] = {
    "NHS number": (95, 99, 1),
    "birth date": (99, 99, 1),
    "gender": (99, 99, 5),
    "postcode": (95, 98, 5),
    "ethnic category": (80, 98, 20),
    "GP practice": (90, 95, 5),
    "organisation code": (90, 98, 5),
    "event date": (95, 99, 1),
    "code": (95, 98, 100),
    "vaccine": (95, 98, 100),
    "medicine": (95, 98, 100),
}
LIMITS: tuple[Limit, ...] = tuple(
    Limit(item=item.key, complete=complete, valid=valid, default=default)
    for item in ITEMS
    for complete, valid, default in [_LIMITS[item.name]]
)
"""Complete at least, valid at least, defaults at most. Choices of this project."""
