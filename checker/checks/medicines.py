"""How medicines and their doses are written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.codings import is_snomed
from checker.checks.each import OfEach, words
from checker.checks.fhir_families import codings
from checker.checks.tallied import Said
from checker.model.scan import Look, Seen
from checker.model.value import NoParams, Params

_DMD = "https://dmd.nhs.uk"
_FORMER, _UNCODED = "former-system", "uncoded"
_WITH_MEDICINE = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")


class MedicinesCoded(OfEach[NoParams]):
    """Medicines are named by their dm+d concept, which is a SNOMED CT code.

    Looked at are ``medicationCodeableConcept`` of what is prescribed, dispensed, given or taken, and ``code`` of a
    Medication. There is to be a coding under ``http://snomed.info/sct``: the dm+d concepts are in the UK drug extension
    of SNOMED CT, and ``https://dmd.nhs.uk`` is not used for them. Whether dm+d has a concept for a medicine that is
    named in words alone, a machine cannot tell.

    Good: ``{"coding": [{"system": "http://snomed.info/sct", "code": "39720311000001101"}]}``. Bad: a text alone.
    """

    id: ClassVar[str] = "medicine.coded"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=(*_WITH_MEDICINE, "Medication")),)
    source: ClassVar[str] = "https://fhir.hl7.org.uk/ValueSet/UKCore-MedicationCode"
    what: ClassVar[str] = "medicines"
    said: ClassVar[dict[str, Said]] = {
        _FORMER: Said("A dm+d code stands under another system", "http://snomed.info/sct", _DMD),
        _UNCODED: Said("A medicine has no SNOMED CT (dm+d) code", "the dm+d concept, where there is one", "none"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one resource's medicine."""
        name = "code" if seen.resource_type == "Medication" else "medicationCodeableConcept"
        concept = seen.node.get(name)
        return self._of(concept, f"/{name}") if isinstance(concept, dict) else None

    def _of(self, concept: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
        systems = [words(one, "system") for one in codings(concept)]
        if any(system.rstrip("/").lower() in (_DMD, "http://dmd.nhs.uk") for system in systems):
            yield _FORMER, f"{pointer}/coding"
        elif not any(is_snomed(system) for system in systems):
            yield _UNCODED, pointer


_NO_TEXT, _AT_ONCE = "no-text", "priority"
_SOONEST = ("stat", "asap")
_STRUCTURE = frozenset(
    {"timing", "doseAndRate", "route", "site", "method", "asNeededBoolean", "asNeededCodeableConcept"}
)


class DosagesInWords(OfEach[NoParams]):
    """A dose that is given in parts is also given in words.

    Looked at is each ``dosageInstruction`` and ``dosage`` with a timing, a dose, a route, a site or a method. Who
    cannot read the parts reads the text, and no dose may be lost on the way. A request whose ``priority`` is stat or
    asap is a finding too: a message is no way to call for help at once. Any other priority says nothing about doses.

    Good: a timing and ``"text": "One tablet twice a day"``. Bad: the timing alone.
    """

    id: ClassVar[str] = "dosage.in-words"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (
        Look(types=("MedicationRequest", "MedicationStatement", "MedicationDispense")),
    )
    source: ClassVar[str] = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationRequest"
    what: ClassVar[str] = "resources with doses in parts"
    said: ClassVar[dict[str, Said]] = {
        _NO_TEXT: Said("A dose in parts has no text", "text beside the parts", "parts alone"),
        _AT_ONCE: Said("A request asks for something at once", "priority routine or urgent", "stat or asap"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one resource's doses."""
        doses = list(_doses(seen.node))
        if not doses and seen.node.get("priority") not in _SOONEST:
            return None
        return self._of(seen.node, doses)

    def _of(self, resource: dict[str, Any], doses: list[tuple[dict[str, Any], str]]) -> Iterator[tuple[str, str]]:
        for dose, pointer in doses:
            if not words(dose, "text"):
                yield _NO_TEXT, pointer
        if resource.get("priority") in _SOONEST:
            yield _AT_ONCE, "/priority"


def _doses(resource: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for name in ("dosageInstruction", "dosage"):
        listed = resource.get(name)
        pairs = enumerate(listed) if isinstance(listed, list) else [("", listed)]
        for index, dose in pairs:
            if isinstance(dose, dict) and dose.keys() & _STRUCTURE:
                yield dose, f"/{name}/{index}".rstrip("/")


MEDICINES_CODED = MedicinesCoded()
DOSAGES_IN_WORDS = DosagesInWords()
