"""How clinical codes are written down: SNOMED CT, Read, ICD-10, OPCS-4, and which of several a person chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from checker.checks.alike_nodes import ALIKE_CODINGS
from checker.checks.each import OfEach, extensions, words
from checker.checks.fhir_judging import EXTENSION
from checker.checks.tallied import Said
from checker.model.scan import Look, Party, Seen
from checker.model.value import NoParams, Params

SNOMED = "http://snomed.info/sct"
_SPELT = re.compile(r"(?:https?://)?(?:www\.)?snomed\.info/sct(?:/.*)?|(?:urn:oid:)?2\.16\.840\.1\.113883\.6\.96", re.I)
_SYSTEM, _CODE, _VERSION = "system", "code", "version"
_GUIDANCE = (
    "https://simplifier.net/guide/uk-core-implementation-guide-stu3-sequence/Home/Guidance/CodeableConcept-Guidance"
)


def is_snomed(system: object) -> bool:
    """Does a system stand for SNOMED CT, well spelt or not?"""
    return isinstance(system, str) and _is_spelt(system)


@lru_cache(maxsize=4096)
def _is_spelt(system: str) -> bool:
    return _SPELT.fullmatch(system.strip()) is not None


class SnomedCodes(OfEach[NoParams]):
    """SNOMED CT codings have its system as it is registered, and the identifier of a concept as code.

    The system is ``http://snomed.info/sct``: with http, without a slash at the end, without an edition. The code is
    all digits, 6 to 18 of them, with a right check digit (Verhoeff), and the two digits before it say concept (00 or
    10): those of a description (01, 11) belong into the extension for them. Expressions are not looked into, so neither
    they nor codings without a code count as examined. That a code was ever issued cannot be told offline.

    Good: ``73211009``. Bad: ``73211008``, a description's id, or ``https://snomed.info/sct`` as system.
    """

    id: ClassVar[str] = "coding.snomed-concept"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"), Look(element="valueCoding"))
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "SNOMED CT codings"
    said: ClassVar[dict[str, Said]] = {
        _SYSTEM: Said("A SNOMED CT coding has another spelling of the system", SNOMED, "another scheme, slash or path"),
        _CODE: Said(
            "A SNOMED CT code is not the identifier of a concept",
            "6 to 18 digits, check digit by Verhoeff, partition 00 or 10",
            "another length, check digit or partition",
        ),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one coding."""
        node = seen.node
        if not isinstance(node, dict) or not is_snomed(node.get("system")):
            return None
        code = node.get("code")
        if code.__class__ is str and node["system"] == SNOMED and _is_concept(code):
            return iter(())
        found = list(self._of(node))
        tested = code is not None and not (isinstance(code, str) and _is_expression(code))
        return iter(found) if found or tested else None

    def _of(self, node: dict[str, Any]) -> Iterator[tuple[str, str]]:
        from checker.fhir.terminology.check_digits import snomed_fault

        if node["system"] != SNOMED:
            yield _SYSTEM, "/system"
        code = node.get("code")
        if code is not None and (not isinstance(code, str) or snomed_fault(code)):
            yield _CODE, "/code"


@lru_cache(maxsize=20_000)
def _is_concept(code: str) -> bool:
    """Has it the form of a concept's identifier? A few thousand codes make up most of a record."""
    from checker.fhir.terminology.check_digits import snomed_fault

    return not _is_expression(code) and not snomed_fault(code)


def _is_expression(code: str) -> bool:
    return any(sign in code for sign in ":+|=<{")


class SnomedVersion(OfEach[NoParams]):
    """SNOMED CT codings of records name no version.

    A concept keeps its meaning from release to release, and a receiver that holds another release may refuse
    what names one. Value sets and expansions do name the UK edition.

    Good: system and code. Bad: the same with ``version``.
    """

    id: ClassVar[str] = "coding.snomed-no-version"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"), Look(element="valueCoding"))
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "SNOMED CT codings"
    said: ClassVar[dict[str, Said]] = {
        _VERSION: Said("A SNOMED CT coding names a version", "no version", "a version"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """Does one coding name a version?"""
        if not isinstance(seen.node, dict) or not is_snomed(seen.node.get("system")):
            return None
        return iter([(_VERSION, "/version")] if "version" in seen.node else ())


_DESCRIPTION = "http://hl7.org/fhir/StructureDefinition/coding-sctdescid"
_TERM = f"{EXTENSION}CodingSCTDescDisplay"
_FORMER = f"{EXTENSION}CodingSCTDescId"
_RETIRED, _NOT_SNOMED, _NO_ID, _ALONE = "retired", "not-snomed", "no-id", "term-alone"


class DescriptionIds(OfEach[NoParams]):
    """The id of a SNOMED CT description stands in HL7's extension, and only on SNOMED CT codings.

    The extension is ``coding-sctdescid`` with a ``valueId`` that is a description's id: right check digit,
    partition 01 or 11. UK Core's extension for the term of that description stands beside it, never alone. The
    extension that UK Core had before, ``CodingSCTDescId``, is retired. Codings without any of them are not examined.

    Good: the extension on a SNOMED CT coding. Bad: the same on a Read coding.
    """

    id: ClassVar[str] = "coding.description-id"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"), Look(element="valueCoding"))
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "codings with the id of a description"
    said: ClassVar[dict[str, Said]] = {
        _RETIRED: Said("A retired extension holds the id of a description", _DESCRIPTION, "CodingSCTDescId"),
        _NOT_SNOMED: Said(
            "A coding that is not SNOMED CT holds the id of a description", "none on other codings", "one"
        ),
        _NO_ID: Said(
            "The extension for a description's id holds something else",
            "valueId with 6 to 18 digits, a right check digit, and partition 01 or 11",
            "no such value",
        ),
        _ALONE: Said(
            "The term of a description stands without the description's id", "both extensions", "the term alone"
        ),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one coding's extensions."""
        if not isinstance(seen.node, dict) or "extension" not in seen.node:
            return None
        found = {words(one, "url"): (index, one) for index, one in extensions(seen.node)}
        held = {url: at for url, at in found.items() if url in (_DESCRIPTION, _TERM, _FORMER)}
        return self._of(seen.node, held) if held else None

    def _of(self, coding: dict[str, Any], held: dict[str, tuple[int, dict[str, Any]]]) -> Iterator[tuple[str, str]]:
        if not is_snomed(coding.get("system")):
            yield _NOT_SNOMED, "/extension"
        if _FORMER in held:
            yield _RETIRED, f"/extension/{held[_FORMER][0]}"
        if _DESCRIPTION in held and not _is_description(held[_DESCRIPTION][1].get("valueId")):
            yield _NO_ID, f"/extension/{held[_DESCRIPTION][0]}"
        if _TERM in held and _DESCRIPTION not in held:
            yield _ALONE, f"/extension/{held[_TERM][0]}"


def _is_description(value: object) -> bool:
    from checker.fhir.terminology.check_digits import verhoeff

    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{5,17}", value, re.ASCII):
        return False
    return verhoeff(value) and value[-3:-1] in ("01", "11")


READ_2, READ_3 = "http://read.info/readv2", "http://read.info/readctv3"
_READ_SPELT = re.compile(r"https?://(?:www\.)?read\.info/(?:readv2|readctv3|ctv3|read-?v2|read-?ctv3)/?", re.I)
_READ_CODE = re.compile(r"(?:\.[0-9A-Za-z]{1,4}\.{0,3}|[0-9A-Za-z]{1,5}\.{0,4})", re.ASCII)
_LENGTH, _WITH_TERM = 5, 7


class ReadCodes(OfEach[NoParams]):
    """Read codes have their five characters, and the system of their version.

    The systems are ``http://read.info/readv2`` and ``http://read.info/readctv3``. A code has five characters with
    the full stops that fill it up; a four-byte code is led by one. In version 2 two digits of a term code may
    follow; in CTV3 none. Letters keep their case, and an ellipsis character is not three stops. A coding without a
    code does not count as examined.

    Good: ``H33..`` and ``H33..00``. Bad: ``H33``, ``H33…``.
    """

    id: ClassVar[str] = "coding.read"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"), Look(element="valueCoding"))
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "Read codings"
    said: ClassVar[dict[str, Said]] = {
        _SYSTEM: Said("A Read coding has another spelling of its system", f"{READ_2} or {READ_3}", "another spelling"),
        _CODE: Said(
            "A Read code has not the form of one",
            "five characters with their full stops; two digits more in version 2 alone",
            "another form",
        ),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one coding."""
        system = seen.node.get("system") if isinstance(seen.node, dict) else None
        if not isinstance(system, str) or not _is_read_system(system):
            return None
        found, code = list(self._of(system, seen.node.get("code"))), seen.node.get("code")
        return iter(found) if found or code is not None else None

    def _of(self, system: str, code: object) -> Iterator[tuple[str, str]]:
        if system not in (READ_2, READ_3):
            yield _SYSTEM, "/system"
        if code is not None and not (isinstance(code, str) and _is_read(code, takes_term=system == READ_2)):
            yield _CODE, "/code"


@lru_cache(maxsize=4096)
def _is_read_system(system: str) -> bool:
    return _READ_SPELT.fullmatch(system) is not None


def _is_read(code: str, *, takes_term: bool) -> bool:
    body, term = code[:_LENGTH], code[_LENGTH:]
    if term and not (takes_term and len(code) == _WITH_TERM and term.isascii() and term.isalnum()):
        return False
    return len(body) == _LENGTH and _READ_CODE.fullmatch(body) is not None


_SEVERAL = re.compile(rb'"coding"\s*+:\s*+\[\s*+(?!\{(?:[^{}"\\]++|"[^"\\]*+")*+\}\s*+\])')
"""In JSON without ``\\u``: a list of codings that is none of a single one with plain values only."""
_NONE_FLAGGED, _SOME_FLAGGED, _NOT_BOOLEAN = "none-flagged", "some-flagged", "not-boolean"


class UserSelected(OfEach[NoParams]):
    """Where a concept has several codings, each says whether a person chose it.

    ``userSelected`` is true for what a person chose and false for what was mapped, computed or fixed by a
    StructureDefinition. Only concepts with two codings or more are examined.

    Good: a Read code (true) and the SNOMED CT code it maps to (false). Bad: both without the flag.
    """

    id: ClassVar[str] = "coding.user-selected"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "resources with a concept of several codings"
    said: ClassVar[dict[str, Said]] = {
        _NONE_FLAGGED: Said("No coding of several says whether a person chose it", "userSelected on each", "on none"),
        _SOME_FLAGGED: Said("Not every coding of several says whether a person chose it", "on each", "on some"),
        _NOT_BOOLEAN: Said("userSelected is neither true nor false", "true or false", "something else"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of all the concepts in one resource."""
        text = seen.about.text
        if text is not None and _SEVERAL.search(text) is None and b"\\u" not in text:
            return None
        lists = _lists(seen.node)
        if not lists:
            return None
        if all(one.get("userSelected").__class__ is bool for listed in lists for one in listed):
            return iter(())
        return self._of([(codings, pointer) for codings, pointer in _concepts(seen.node) if len(codings) > 1])

    def _of(self, several: list[tuple[list[dict[str, Any]], str]]) -> Iterator[tuple[str, str]]:
        for codings, pointer in several:
            flags = [one.get("userSelected") for one in codings]
            if all(flag is None for flag in flags):
                yield _NONE_FLAGGED, pointer
            elif any(flag is None for flag in flags):
                yield _SOME_FLAGGED, pointer
            elif not all(isinstance(flag, bool) for flag in flags):
                yield _NOT_BOOLEAN, pointer


def _lists(resource: Any) -> list[list[dict[str, Any]]]:
    """Each list of two codings or more, as :func:`_concepts`; without their places, which take longer."""
    found: list[list[dict[str, Any]]] = []
    waiting: list[Any] = [resource]
    for node in waiting:
        if node.__class__ is dict:
            listed = node.get("coding")
            if listed.__class__ is list and len(listed) > 1:
                codings = [one for one in listed if isinstance(one, dict)]
                if len(codings) > 1:
                    found.append(codings)
            waiting += [one for one in node.values() if one.__class__ is dict or one.__class__ is list]
        else:
            waiting += [one for one in node if one.__class__ is dict or one.__class__ is list]
    return found


def _concepts(resource: Any) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """Each list of codings with its pointer, in meta and elsewhere; tags and labels are no concepts."""
    waiting = [(resource, "")]
    while waiting:
        node, pointer = waiting.pop()
        if isinstance(node, list):
            waiting += [(one, f"{pointer}/{index}") for index, one in enumerate(node)]
        elif isinstance(node, dict):
            listed = node.get("coding")
            if isinstance(listed, list):
                yield [one for one in listed if isinstance(one, dict)], f"{pointer}/coding"
            waiting += [(value, f"{pointer}/{name}") for name, value in node.items() if isinstance(value, dict | list)]


_ALLERGY = frozenset({"196461000000101", "196471000000108"})
_MEDICATION, _PLAN = frozenset({"196421000000109"}), frozenset({"196451000000104"})
_REQUEST, _OTHER = frozenset({"196431000000106", "196441000000102"}), frozenset({"196411000000103"})
DEGRADED = _ALLERGY | _MEDICATION | _PLAN | _REQUEST | _OTHER
"""The concepts for what lost its code on the way from system to system."""
_DEGRADED_OF = {
    "AllergyIntolerance": _ALLERGY,
    "Medication": _MEDICATION,
    "MedicationRequest": _MEDICATION,
    "MedicationStatement": _MEDICATION,
    "MedicationDispense": _MEDICATION,
    "MedicationAdministration": _MEDICATION,
    "CarePlan": _PLAN,
    "ServiceRequest": _REQUEST,
}
_BEGIN = b"1964"
"""How all of them begin: what does not have that in its text has none of them."""
_MISFIT = "other-sort"


class DegradedCodes(OfEach[NoParams]):
    """What lost its code on the way has the concept for things of its sort that did.

    SNOMED CT has one for drug and non-drug allergies, medication, plans, referrals, requests, and one for all
    else. Looked at are ``code`` and ``medicationCodeableConcept`` of a resource; examined is what holds one of these.

    Good: a MedicationRequest with 196421000000109. Bad: the same with 196411000000103, the one for all else.
    """

    id: ClassVar[str] = "coding.degraded"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "resources with a code for what lost its own"
    said: ClassVar[dict[str, Said]] = {
        _MISFIT: Said("A code for what lost its own is that of another sort", "the one for this sort", "another one"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one resource's code."""
        text = seen.about.text
        if text is not None and _BEGIN not in text and b"\\u" not in text:
            return None
        found = list(self._codes(seen.node))
        if not found:
            return None
        elsewhere = DEGRADED - _ALLERGY - _MEDICATION
        fitting = _DEGRADED_OF.get(seen.resource_type, elsewhere)
        return iter([(_MISFIT, pointer) for code, pointer in found if code not in fitting])

    def _codes(self, resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("code", "medicationCodeableConcept"):
            for codings, pointer in _concepts(resource.get(name)):
                for one in codings:
                    if is_snomed(one.get("system")) and (code := words(one, "code")) in DEGRADED:
                        yield code, f"/{name}{pointer}"


class ClassificationParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``icd10``, ``opcs4``: the systems under which codes of these classifications stand."""

    icd10: tuple[str, ...] = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-uk")
    opcs4: tuple[str, ...] = ("https://fhir.hl7.org.uk/Id/opcs-4", "https://fhir.nhs.uk/Id/opcs-4")


_ICD = re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9X](?:[0-9]|[0-9]?[DA])?|[X]?[DA]?)?", re.ASCII)
_OPCS = re.compile(r"[A-Z][0-9]{2}\.?[0-9]", re.ASCII)
_ICD_FORM, _OPCS_FORM = "icd-10", "opcs-4"
_LONGEST_ICD = 6


class Classifications(OfEach[ClassificationParams]):
    """ICD-10 and OPCS-4 codes have the form of their classification and name it.

    ICD-10, 5th edition as used in the UK: a letter, two digits, a fourth character (X where there is none), and at
    most a fifth and a dagger or asterisk mark; 4 to 6 characters without the stop. OPCS-4: a letter and three
    digits. Neither UK Core nor HL7 UK fixes a system for them, so a profile of your own may name others. A coding
    without a code is not examined.

    Good: ``J45.9`` or ``J459``, ``K633``. Bad: ``J45`` where J45 has subdivisions, ``K63``.
    """

    id: ClassVar[str] = "coding.classification"
    params_type: ClassVar[type[Params]] = ClassificationParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="coding"), Look(element="valueCoding"))
    taken_with: ClassVar[Party | None] = ALIKE_CODINGS
    source: ClassVar[str] = "https://www.datadictionary.nhs.uk/supporting_information/classifications.html"
    what: ClassVar[str] = "ICD-10 and OPCS-4 codings"
    said: ClassVar[dict[str, Said]] = {
        _ICD_FORM: Said(
            "An ICD-10 code has not the form of one", "4 to 6 characters, as J45.9 or A80X", "another form"
        ),
        _OPCS_FORM: Said("An OPCS-4 code has not the form of one", "a letter and three digits", "another form"),
    }

    def faults(self, seen: Seen, params: ClassificationParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one code."""
        system, code = words(seen.node, "system"), words(seen.node, "code")
        if not code:
            return None
        if system in params.icd10:
            bare = code.replace(".", "", 1)
            fits = _ICD.fullmatch(code) is not None and 4 <= len(bare) <= _LONGEST_ICD
            return iter(() if fits else [(_ICD_FORM, "/code")])
        if system in params.opcs4:
            return iter(() if _OPCS.fullmatch(code) else [(_OPCS_FORM, "/code")])
        return None


SNOMED_CODES = SnomedCodes()
SNOMED_VERSION = SnomedVersion()
DESCRIPTION_IDS = DescriptionIds()
READ_CODES = ReadCodes()
USER_SELECTED = UserSelected()
DEGRADED_CODES = DegradedCodes()
CLASSIFICATIONS = Classifications()
