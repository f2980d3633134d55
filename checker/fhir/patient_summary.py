"""An International Patient Summary, looked at from outside: its Bundle, its Composition, its sections, its subject.

Pure, and never raises on odd input. What is said holds places and names of the guide, and no value of a record: the
same is told of an answer and of a file whose content is not kept.

Source: http://hl7.org/fhir/uv/ips/ (Bundle-uv-ips, Composition-uv-ips, Patient-uv-ips; invariants bdl-ips-1,
ips-comp-1, ips-pat-1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.fhir.bundle import entries

LOINC = "http://loinc.org"
SUMMARY = "60591-5"
SECTIONS = {"11450-4": "problems", "48765-2": "allergies", "10160-0": "medications"}
"""LOINC code → what the section is about: those that no summary may lack."""
_TYPES = {
    "11450-4": frozenset({"Condition", "DocumentReference"}),
    "48765-2": frozenset({"AllergyIntolerance", "DocumentReference"}),
    "10160-0": frozenset(
        {"MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense"}
        | {"DocumentReference"}
    ),
}
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
SNOMED = "http://snomed.info/sct"
_OTHER_SNOMED = re.compile(r"(?:urn:oid:2\.16\.840\.1\.113883\.6\.96|https?://(?:www\.)?snomed\.info/.*|SNOMED.*)")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_MOST_NODES = 500_000
_STEP = re.compile(r"[A-Za-z0-9_]{0,64}")
_DIRECTLY = frozenset({"subject", "encounter", "author", "attester", "custodian", "event", "section"})
"""What a Composition refers to has to be in its document, for these (http://hl7.org/fhir/R4/documents.html#content)."""
_ABSOLUTE = re.compile(r"(?:https?://|urn:(?:uuid|oid):).+", re.IGNORECASE)
Problem = tuple[str, str]
"""Place, and what is wrong there."""


def is_document(value: Any) -> bool:
    """Is it a Bundle, of whatever type?"""
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def of_bundle(bundle: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the Bundle: type, identifier, timestamp, full URLs, first entry, one patient, references."""
    if bundle.get("type") != "document":
        yield "/type", "not document"
    if not isinstance(bundle.get("identifier"), dict) or not bundle["identifier"]:
        yield "/identifier", "missing"
    if not _text(bundle, "timestamp"):
        yield "/timestamp", "missing"
    resources = [(index, entry, _object(entry, "resource")) for index, entry in entries(bundle)]
    listed = bundle.get("entry")
    if not isinstance(listed, list) or len(resources) != len(listed):
        yield "/entry", "missing, or holds what is no entry"
    if _kind(resources[0][2]) != "Composition" if resources else True:
        yield "/entry/0", "the first resource is no Composition"
    for kind in ("Composition", "Patient"):
        count = sum(_kind(resource) == kind for _, _, resource in resources)
        if count != 1:
            yield "/entry", f"{count or 'no'} {kind} instead of one"
    for index, entry, _ in resources:
        for name in ("search", "request", "response"):
            if name in entry:
                yield f"/entry/{index}/{name}", "not allowed in a document"
        if not _text(entry, "fullUrl"):
            yield f"/entry/{index}/fullUrl", "missing"
    yield from _unresolved(bundle)


def _unresolved(bundle: dict[str, Any]) -> Iterator[Problem]:
    """References of the Composition that lead to nothing in the Bundle, and those of others that lead nowhere at all.

    A relative reference of another resource means what it means at the server of its full URL: it may lead out.
    """
    known = _known(bundle)
    for index, entry in entries(bundle):
        resource = _object(entry, "resource")
        base = _text(entry, "fullUrl")
        for place, reference in _references(resource):
            inside = _resolved(reference, base, known, resource)
            directly = _kind(resource) == "Composition" and place.split("/")[1] in _DIRECTLY
            nowhere = not _ABSOLUTE.fullmatch(reference) and not base.lower().startswith(("http:", "https:"))
            if not inside and (
                directly or nowhere or reference.startswith("#") or reference.lower().startswith("urn:")
            ):
                yield f"/entry/{index}/resource{place}", "a reference that leads to nothing in the document"


def _known(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Full URL, and type with id, → resource."""
    found: dict[str, dict[str, Any]] = {}
    for _, entry in entries(bundle):
        resource = _object(entry, "resource")
        for name in (_text(entry, "fullUrl"), f"{_kind(resource)}/{_text(resource, 'id')}"):
            found.setdefault(name, resource)
    return found


def _resolved(
    reference: str, base: str, known: dict[str, dict[str, Any]], resource: dict[str, Any]
) -> dict[str, Any] | None:
    """The resource that a reference leads to (http://hl7.org/fhir/R4/bundle.html#references); None if none."""
    if reference.startswith("#"):
        contained = resource.get("contained")
        inside = contained if isinstance(contained, list) else []
        return next((one for one in inside if isinstance(one, dict) and one.get("id") == reference[1:]), None) or (
            resource if reference == "#" else None
        )
    plain = re.sub(r"/_history/[^/]+$", "", reference)
    if plain in known:
        return known[plain]
    root = re.sub(r"[A-Z][A-Za-z]{1,63}/[^/]+$", "", base)
    return known.get(root + plain)


def _references(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, reference) of every literal reference, those in what is contained among them."""
    waiting: list[tuple[str, Any]] = [("", resource)]
    seen = 0
    while waiting and seen < _MOST_NODES:
        place, node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            found = node.get("reference")
            if isinstance(found, str) and "resourceType" not in node:
                yield place, found
            waiting += [(f"{place}/{name}", inner) for name, inner in node.items() if isinstance(inner, dict | list)]
        elif isinstance(node, list):
            waiting += [(f"{place}/{index}", inner) for index, inner in enumerate(node)]


def of_composition(bundle: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the Composition: type, subject, the three sections and what each holds."""
    found = [(index, _object(entry, "resource")) for index, entry in entries(bundle)]
    index, composition = next(((i, r) for i, r in found if _kind(r) == "Composition"), (0, {}))
    if not composition:
        yield "/entry", "no Composition"
        return
    place = f"/entry/{index}/resource"
    if SUMMARY not in _codes(composition.get("type"), LOINC):
        yield f"{place}/type", f"not LOINC {SUMMARY}"
    known = _known(bundle)
    base = next((_text(entry, "fullUrl") for i, entry in entries(bundle) if i == index), "")
    subject = _text(_object(composition, "subject"), "reference")
    if not subject:
        yield f"{place}/subject", "no reference"
    elif _kind(_resolved(subject, base, known, composition) or {}) != "Patient":
        yield f"{place}/subject", "not the Patient of the document"
    sections = composition.get("section")
    listed = [one for one in sections if isinstance(one, dict)] if isinstance(sections, list) else []
    for number, section in enumerate(listed):
        if not _text(_object(section, "text"), "div"):
            yield f"{place}/section/{number}/text", "no narrative"
    for code, name in SECTIONS.items():
        holding = [(number, one) for number, one in enumerate(listed) if code in _codes(one.get("code"), LOINC)]
        if len(holding) != 1:
            yield f"{place}/section", f"{len(holding) or 'no'} section on {name} (LOINC {code}) instead of one"
        for number, section in holding:
            yield from _of_section(section, code, f"{place}/section/{number}", known, base, composition)


def _of_section(
    section: dict[str, Any],
    code: str,
    place: str,
    known: dict[str, dict[str, Any]],
    base: str,
    composition: dict[str, Any],
) -> Iterator[Problem]:
    """ips-comp-1: entries or a reason why there are none; and what the entries are of."""
    name = SECTIONS[code]
    if not _text(section, "title"):
        yield f"{place}/title", f"the section on {name} has no title"
    listed = section.get("entry")
    references = (
        [_text(one, "reference") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    )
    if not any(references) and not _object(section, "emptyReason"):
        yield place, f"the section on {name} has neither entries nor a reason why it has none"
    for number, reference in enumerate(references):
        target = _resolved(reference, base, known, composition) if reference else None
        if target is not None and _kind(target) not in _TYPES[code]:
            yield f"{place}/entry/{number}", f"the section on {name} refers to a resource of another type"


def of_patient(bundle: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the Patient: a name with family, given or text, and a date of birth or why there is none."""
    patients = [(i, _object(e, "resource")) for i, e in entries(bundle) if _kind(_object(e, "resource")) == "Patient"]
    if not patients:
        yield "/entry", "no Patient"
    for index, patient in patients[:1]:
        place = f"/entry/{index}/resource"
        names = patient.get("name")
        listed = [one for one in names if isinstance(one, dict)] if isinstance(names, list) else []
        if not listed:
            yield f"{place}/name", "missing"
        for number, one in enumerate(listed):
            if not (one.get("family") or one.get("given") or one.get("text") or _is_absent(one)):
                yield f"{place}/name/{number}", "neither family, given nor text"
        if not _text(patient, "birthDate") and not _is_absent(_object(patient, "_birthDate")):
            yield f"{place}/birthDate", "missing, and no reason why"


def of_uk(bundle: dict[str, Any]) -> Iterator[Problem]:
    """What keeps the same document from being read here: no NHS number that holds, SNOMED CT under another name."""
    for index, entry in entries(bundle):
        resource = _object(entry, "resource")
        place = f"/entry/{index}/resource"
        if _kind(resource) == "Patient":
            listed = resource.get("identifier")
            found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            numbers = [_text(one, "value") for one in found if one.get("system") == NHS_NUMBER]
            if not numbers:
                yield f"{place}/identifier", "no NHS number"
            elif not all(map(holds, numbers)):
                yield f"{place}/identifier", "an NHS number whose check digit is wrong"
        for where, system in _systems(resource):
            if system != SNOMED and _OTHER_SNOMED.fullmatch(system):
                yield f"{place}{where}", "SNOMED CT under another system"


def holds(number: str) -> bool:
    """Does an NHS number have ten digits and the right check digit (modulus 11)?

    >>> holds("9990000018"), holds("9990000019")
    (True, False)
    """
    if not re.fullmatch(r"[0-9]{10}", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(number[9])


def _systems(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Any]] = [("", resource)]
    seen = 0
    while waiting and seen < _MOST_NODES:
        place, node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            if isinstance(node.get("system"), str) and "code" in node:
                yield place, node["system"]
            waiting += [(f"{place}/{name}", inner) for name, inner in node.items() if isinstance(inner, dict | list)]
        elif isinstance(node, list):
            waiting += [(f"{place}/{index}", inner) for index, inner in enumerate(node)]


PARTS = {"bundle": of_bundle, "composition": of_composition, "patient": of_patient, "uk": of_uk}
"""What is looked at, each for a requirement of its own."""


def problems(bundle: dict[str, Any]) -> dict[str, list[list[str]]]:
    """Part → its problems, sorted, each ``[place, what]``; at most twenty of each."""
    return {
        name: [[shown(place), what] for place, what in sorted(set(look(bundle)))[:20]] for name, look in PARTS.items()
    }


def shown(place: str) -> str:
    """A place in which every step is an index or what an element may be called: a record may hold anything as a key.

    >>> shown("/entry/3/resource/subject"), shown("/entry/0/Maud 1948")
    ('/entry/3/resource/subject', '/entry/0/(a member)')
    """
    return "/".join(step if _STEP.fullmatch(step) else "(a member)" for step in place.split("/"))


def _codes(concept: Any, system: str) -> frozenset[str]:
    listed = concept.get("coding") if isinstance(concept, dict) else None
    codings = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return frozenset(str(one.get("code")) for one in codings if one.get("system") == system)


def _is_absent(node: dict[str, Any]) -> bool:
    listed = node.get("extension")
    return (
        any(isinstance(one, dict) and one.get("url") == _ABSENT for one in listed)
        if isinstance(listed, list)
        else (False)
    )


def _object(node: Any, name: str) -> dict[str, Any]:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, dict) else {}


def _text(node: Any, name: str) -> str:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else ""


def _kind(resource: dict[str, Any]) -> str:
    return _text(resource, "resourceType")
