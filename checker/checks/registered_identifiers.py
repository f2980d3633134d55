"""Identifiers under the systems that are registered for the UK: spelling, form, and where they may stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import ClassVar, NamedTuple

from checker.checks.alike_nodes import ALIKE_IDENTIFIERS
from checker.checks.each import OfEach
from checker.checks.nhs_number import number_fault, number_of, text_fault
from checker.checks.tallied import Said
from checker.model.scan import Look, Party, Seen
from checker.model.value import Params

_NHS = "https://fhir.nhs.uk/Id/"
_HL7UK = "https://fhir.hl7.org.uk/Id/"
ODS_ORGANISATION = f"{_NHS}ods-organization-code"
ODS_SITE = f"{_NHS}ods-site-code"
_SPELLING, _FORM, _PLACE = "spelling", "form", "place"


def _is_number(value: str) -> bool:
    return not number_fault(value) and not text_fault(value)


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


class Kind(NamedTuple):
    """A registered identifier: its system, others that it is found under, its form, and where it may not stand."""

    system: str
    has_form: Callable[[str], bool]
    form: str
    """Its form in words."""
    others: tuple[str, ...] = ()
    """Systems as they are misspelt, in lower case and without scheme and slash at the end."""
    not_on: tuple[str, ...] = ()
    """Resource types that another system is for."""


def _council(name: str, pattern: str, form: str) -> Kind:
    return Kind(f"{_HL7UK}{name}-number", _like(pattern), form, (f"fhir.nhs.uk/id/{name}-number",))


KINDS: dict[str, Kind] = {
    "nhs-number": Kind(
        f"{_NHS}nhs-number",
        _is_number,
        "ten digits as text, the last by modulus 11",
        (
            "fhir.nhs.uk/id/nhsnumber",
            "fhir.nhs.net/id/nhs-number",
            "fhir.hl7.org.uk/id/nhs-number",
            "urn:oid:2.16.840.1.113883.2.1.4.1",
            "2.16.840.1.113883.2.1.4.1",
            "www.nhs.uk/nhs-number",
            "nhs-number",
            "nhsnumber",
            "nhs",
        ),
    ),
    "ods-organisation": Kind(
        ODS_ORGANISATION,
        _like(r"[A-Z0-9]{3,10}"),
        "3 to 10 capitals and digits",
        (
            "fhir.nhs.uk/id/ods-organisation-code",
            "fhir.nhs.net/id/ods-organization-code",
            "fhir.nhs.net/id/ods-organisation-code",
            "fhir.hl7.org.uk/id/ods-organization-code",
            "fhir.nhs.uk/id/ods-code",
        ),
    ),
    "ods-site": Kind(
        ODS_SITE,
        _like(r"[A-Z0-9]{3,10}"),
        "3 to 10 capitals and digits",
        ("fhir.nhs.net/id/ods-site-code", "fhir.hl7.org.uk/id/ods-site-code", "fhir.nhs.uk/id/ods-sitecode"),
    ),
    "gmc": _council("gmc", r"(?:[0-9]|L)[0-9]{6}", "7 digits, or L and 6"),
    "gmp": _council("gmp", r"G?[0-9]{7}", "G and 7 digits, or 7 digits"),
    "gphc": _council("gphc", r"2[0-9]{6}", "7 digits, the first 2"),
    "nmc": _council("nmc", r"[0-9A-Z]{8}", "8 capitals and digits"),
    "hcpc": _council("hcpc", r"[A-Z]{2}[0-9]{1,6}", "2 capitals and up to 6 digits"),
    "gdc": _council("gdc", r"[0-9]+", "digits"),
    "goc": _council("goc", r"[0-9A-Z-]+", "capitals, digits and hyphens"),
    "ppa": Kind(f"{_NHS}ppa-number", _like(r"[0-9A-Z]+"), "capitals and digits"),
    "sds-user": Kind(
        f"{_NHS}sds-user-id",
        _like(r"[0-9]{12}"),
        "12 digits",
        ("fhir.nhs.net/id/sds-user-id", "fhir.hl7.org.uk/id/sds-user-id"),
        not_on=("PractitionerRole",),
    ),
    "sds-role-profile": Kind(
        f"{_NHS}sds-role-profile-id",
        _like(r"[0-9]{12}"),
        "12 digits",
        ("fhir.nhs.net/id/sds-role-profile-id", "fhir.hl7.org.uk/id/sds-role-profile-id"),
        not_on=("Practitioner",),
    ),
}
_WHERE_SITE = ("Location",)


class RegisteredParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``kinds``: names of registered identifiers, such as ``nhs-number``, ``ods-organisation``, ``gmc``."""

    kinds: tuple[str, ...] = tuple(KINDS)


class IdentifiersRegistered(OfEach[RegisteredParams]):
    """Identifiers that are registered for the UK stand under their own system, in their own form.

    Looked at is each ``identifier``, in any resource and at any depth: also in references. One counts as examined
    when its system is that of one of the kinds asked about, or a spelling of it that is known to be wrong: http instead
    of https, another host, organisation with s, an OID. Its value must have the form of that kind (an NHS number
    its check digit), and it must stand where its kind belongs: a site's code under the system for sites, a role
    profile's id on a PractitionerRole. A system with no value is left to other requirements.

    Good: ``{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "ZZ901"}``.
    Bad: the same with ``ods-organisation-code``, or with ``zz901``.
    """

    id: ClassVar[str] = "identifier.registered"
    params_type: ClassVar[type[Params]] = RegisteredParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    source: ClassVar[str] = (
        "https://simplifier.net/guide/UKNamingSystems/Home/Identifiersystems/IndexofIdentifierNamingsystems"
    )
    what: ClassVar[str] = "identifiers of the kinds asked about"
    said: ClassVar[dict[str, Said]] = {
        f"{fault} {name}": said
        for name, kind in KINDS.items()
        for fault, said in {
            _SPELLING: Said(f"An identifier ({name}) stands under another system", kind.system, "a spelling of it"),
            _FORM: Said(f"An identifier ({name}) has not the form of its kind", kind.form, "another form"),
            _PLACE: Said(
                f"An identifier ({name}) stands where another kind belongs",
                "the system that is registered for what it identifies",
                "a system for something else",
            ),
        }.items()
    }

    def faults(self, seen: Seen, params: RegisteredParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one identifier."""
        node = seen.node
        system = node.get("system") if isinstance(node, dict) else None
        if not isinstance(system, str):
            return None
        own = _own(seen)
        for name in params.kinds:
            kind = KINDS[name]
            if system == kind.system:
                found = list(_of(name, kind, node.get("value"), own))
                return iter(found) if found or node.get("value") is not None else None
            if _bare(system) in (*kind.others, _bare(kind.system)):
                return iter([(f"{_SPELLING} {name}", "/system")])
            if name == "ods-site" and system == ODS_ORGANISATION and own in _WHERE_SITE:
                return iter([(f"{_PLACE} {name}", "/system")])
        return None

    def foretells(self, seen: Seen, params: RegisteredParams) -> bool | None:
        """By the system alone: under that of another kind, an identifier is not examined."""
        system = seen.node.get("system")
        if not isinstance(system, str):
            return False
        for name in params.kinds:
            kind = KINDS[name]
            if system == kind.system or _bare(system) in (*kind.others, _bare(kind.system)):
                return None
            if name == "ods-site" and system == ODS_ORGANISATION:
                return None
        return False


def _of(name: str, kind: Kind, value: object, own: str) -> Iterator[tuple[str, str]]:
    if value is not None and not (isinstance(value, str) and kind.has_form(value)):
        yield f"{_FORM} {name}", "/value"
    if own in kind.not_on:
        yield f"{_PLACE} {name}", "/system"


def _own(seen: Seen) -> str:
    """The type of the resource whose own identifier this is; "" for one in a reference or in a contained resource."""
    parts = seen.pointer.rsplit("/identifier", 1)[0]
    return "" if "/" in parts.removeprefix(_entry(seen.pointer)) else seen.resource_type


def _entry(pointer: str) -> str:
    """The part of a pointer that leads through Bundles to the resource."""
    end = pointer.rfind("/resource/")
    return pointer[: end + len("/resource")] if end >= 0 and pointer.startswith("/entry/") else ""


@lru_cache(maxsize=4096)
def _bare(system: str) -> str:
    return system.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")


class RangeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = f"{_NHS}nhs-number"


_CHI, _HSC, _HSC_SPELLING = "chi", "hsc", "hsc-spelling"
_HSC_SYSTEM = f"{_NHS}hsc-number"
_FORMER_HSC = "fhir.nhs.net/id/hsc-number"


class HomeNations(OfEach[RangeParams]):
    """Numbers of Scotland and Northern Ireland are not sent as NHS numbers.

    The three kinds share a check digit and have ranges of their own: CHI numbers begin with a date of birth (0101… to
    3112…), Health and Care numbers run from 3200000010 to 3999999999, NHS numbers of England, Wales and the Isle of
    Man begin with 4, 6 or 7. So a number under the NHS number system can be told by its range. A Health and Care
    number has the system ``https://fhir.nhs.uk/Id/hsc-number``; for CHI numbers no such URL is agreed. No number is
    kept or shown.

    Good: ``9990000018`` as an NHS number. Bad: a number that begins with 0, 1, 2, 30 or 31 as one.
    """

    id: ClassVar[str] = "nhs-number.of-its-nation"
    params_type: ClassVar[type[Params]] = RangeParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    source: ClassVar[str] = "https://www.datadictionary.nhs.uk/attributes/nhs_number.html"
    what: ClassVar[str] = "NHS numbers and Health and Care numbers"
    said: ClassVar[dict[str, Said]] = {
        _CHI: Said("A number in the range of CHI numbers is sent as an NHS number", "another system", "this system"),
        _HSC: Said("A Health and Care number is sent as an NHS number", _HSC_SYSTEM, "the system of NHS numbers"),
        _HSC_SPELLING: Said("A Health and Care number stands under another system", _HSC_SYSTEM, "a spelling of it"),
    }

    def faults(self, seen: Seen, params: RangeParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one identifier's range."""
        node = seen.node
        system = node.get("system") if isinstance(node, dict) else None
        if not isinstance(system, str):
            return None
        if system != _HSC_SYSTEM and _bare(system) in (_bare(_HSC_SYSTEM), _FORMER_HSC):
            return iter([(_HSC_SPELLING, "/system")])
        number = number_of(node.get("value"))
        if system not in (_HSC_SYSTEM, params.system) or not number:
            return None
        if system == _HSC_SYSTEM:
            return iter(())
        if "0101000000" <= number <= "3112999999":
            return iter([(_CHI, "/system")])
        return iter([(_HSC, "/system")] if "3200000010" <= number <= "3999999999" else ())

    def foretells(self, seen: Seen, params: RangeParams) -> bool | None:
        """By the system alone: under that of another kind, an identifier is not examined."""
        system = seen.node.get("system")
        if not isinstance(system, str):
            return False
        spelt = system in (_HSC_SYSTEM, params.system) or _bare(system) in (_bare(_HSC_SYSTEM), _FORMER_HSC)
        return None if spelt else False


_RELATIVE, _SHARED = "relative", "shared"
_REGISTERED = frozenset((*(kind.system for kind in KINDS.values()), _HSC_SYSTEM))
_ABSOLUTE = re.compile(r"(?:https?://[^/\s]+(?:/\S*)?|urn:[a-zA-Z0-9][a-zA-Z0-9-]{0,31}:\S+)")
_PLACEHOLDERS = re.compile(
    r"https?://(?:www\.)?(?:example\.(?:com|org|net)|tempuri\.org|localhost|127\.0\.0\.1|acme\.(?:com|org)|test)"
    r"(?:[:/]|$)",
    re.IGNORECASE,
)


class SystemForm(OfEach[RangeParams]):
    """The system of an identifier is an absolute URI of whoever gives the numbers out.

    Looked at is each ``identifier`` with a system, other than those of NHS numbers and the like that are registered for
    the UK: others judge these. A relative one, and one under a domain that everybody shares
    (example.org, localhost, tempuri.org), cannot be told from that of the next supplier.

    Good: ``https://supplier.example/Id/hospital-number``. Bad: ``hospital-number``, ``http://example.org/id``.
    """

    id: ClassVar[str] = "identifier.system-form"
    params_type: ClassVar[type[Params]] = RangeParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    source: ClassVar[str] = "http://hl7.org/fhir/R4/datatypes-definitions.html#Identifier.system"
    what: ClassVar[str] = "other identifiers with a system"
    said: ClassVar[dict[str, Said]] = {
        _RELATIVE: Said("The system of an identifier is not an absolute URI", "https://…, urn:oid:… or urn:…", "else"),
        _SHARED: Said(
            "The system of an identifier is a placeholder that anybody may use",
            "a URI under a domain of the supplier's own",
            "a domain for examples and tests",
        ),
    }

    def faults(self, seen: Seen, params: RangeParams) -> Iterator[tuple[str, str]] | None:
        """The fault of one identifier's system."""
        system = seen.node.get("system") if isinstance(seen.node, dict) else None
        if not isinstance(system, str) or not system or system in _REGISTERED:
            return None
        if not _ABSOLUTE.fullmatch(system):
            return iter([(_RELATIVE, "/system")])
        return iter([(_SHARED, "/system")] if _PLACEHOLDERS.match(system) else ())


IDENTIFIERS_REGISTERED = IdentifiersRegistered()
HOME_NATIONS = HomeNations()
SYSTEM_FORM = SystemForm()
