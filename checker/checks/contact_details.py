"""Names, addresses and telephone numbers in parts that a machine can use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.each import OfEach, is_absent, words
from checker.checks.tallied import Said
from checker.model.scan import Look, Seen
from checker.model.value import NoParams, Params

_GUIDANCE = "https://simplifier.net/guide/UK-Core-Implementation-Guide-STU3-Sequence/Home/Guidance/DataTypeGuidance"
_SYSTEM, _VALUE = "system", "value"


class TelecomComplete(OfEach[NoParams]):
    """Every contact point says what it is for and what it is: system and value.

    Looked at is each ``telecom``. An extension in place of one (a reason why it is absent, or UK Core's
    OtherContactSystem on the system) counts as its value.

    Good: ``{"system": "phone", "value": "01632 960001"}``. Bad: the same without system.
    """

    id: ClassVar[str] = "telecom.complete"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="telecom"),)
    source: ClassVar[str] = _GUIDANCE
    what: ClassVar[str] = "contact points"
    said: ClassVar[dict[str, Said]] = {
        _SYSTEM: Said("A contact point has no system", "phone, email, … or OtherContactSystem", "none"),
        _VALUE: Said("A contact point has no value", "a value", "none"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """What one contact point lacks."""
        node = seen.node
        if not isinstance(node, dict):
            return None
        return iter([(name, "") for name in (_SYSTEM, _VALUE) if not (words(node, name) or is_absent(node, name))])


_NO_USE, _UNSTRUCTURED, _NO_GIVEN, _MORE_IN_TEXT = "no-use", "unstructured", "no-given", "more-in-text"
_WORD = re.compile(r"\w+")
_NO_GIVEN_USES = frozenset({"nickname", "anonymous", "old", "maiden"})


class NamesStructured(OfEach[NoParams]):
    """The names of people stand in parts, with their use, and the text has nothing that the parts lack.

    Looked at is each ``name`` that is an object with a family name, given names or a text: those of patients, staff
    and contacts. A given name is not asked of nicknames, maiden and former names.

    Good: ``{"use": "official", "family": "Kestrelby", "given": ["Amina"]}``. Bad: ``{"text": "Amina Kestrelby"}``.
    """

    id: ClassVar[str] = "name.structured"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="name"),)
    source: ClassVar[str] = f"{_GUIDANCE}/HumanName"
    what: ClassVar[str] = "names of people"
    said: ClassVar[dict[str, Said]] = {
        _UNSTRUCTURED: Said("A name has no family name", "family and given", "text alone, or given names alone"),
        _NO_GIVEN: Said("A name has no given name", "family and given", "a family name alone"),
        _NO_USE: Said("A name does not say what it is used for", "use", "none"),
        _MORE_IN_TEXT: Said("The text of a name has words that its parts lack", "the same words", "more words"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one name."""
        node = seen.node
        if not isinstance(node, dict) or not (node.keys() & {"family", "given", "text"}):
            return None
        return self._of(node)

    def _of(self, name: dict[str, Any]) -> Iterator[tuple[str, str]]:
        family, given, use = words(name, "family"), _all(name, "given"), words(name, "use")
        if not family and not is_absent(name, "family"):
            yield _UNSTRUCTURED, ""
        elif not given and not is_absent(name, "given") and use not in _NO_GIVEN_USES and "_given" not in name:
            yield _NO_GIVEN, ""
        if not use and not is_absent(name, "use"):
            yield _NO_USE, ""
        parts = " ".join([family, *given, *_all(name, "prefix"), *_all(name, "suffix")])
        if family and set(_split(words(name, "text"))) - set(_split(parts)):
            yield _MORE_IN_TEXT, "/text"


def _all(node: dict[str, Any], name: str) -> list[str]:
    value = node.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _split(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


_TEXT_ALONE, _POSTCODE, _NO_POSTCODE = "text-alone", "postcode", "no-postcode"
_UK_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[0-9][A-Z0-9]?|GIR) ?[0-9][A-Z]{2}", re.ASCII)


def is_postcode(text: str) -> bool:
    """Has a text the form of a UK postcode: outward and inward code?

    >>> is_postcode("zz99 3wz"), is_postcode("LS1")
    (True, False)
    """
    return _UK_POSTCODE.fullmatch(text.strip().upper()) is not None


_UK = frozenset({"", "GB", "GBR", "UK", "UNITED KINGDOM", "ENGLAND", "SCOTLAND", "WALES", "NORTHERN IRELAND"})


def is_british(address: dict[str, Any]) -> bool:
    """Is an address in the UK, or does it name no country?"""
    return words(address, "country").upper() in _UK


class AddressesStructured(OfEach[NoParams]):
    """Addresses stand in parts: lines, town and postcode, and the postcode has the form of one.

    Looked at is each ``address`` that is an object. The form of a postcode is asked of addresses in the UK and of
    those that name no country. An address with neither lines nor postcode nor text is left alone.

    Good: ``{"line": ["1 Sedge Bank"], "city": "Netherwick", "postalCode": "ZZ91 9ZZ"}``.
    Bad: ``{"text": "1 Sedge Bank, Netherwick, ZZ91 9ZZ"}``.
    """

    id: ClassVar[str] = "address.structured"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="address"),)
    source: ClassVar[str] = f"{_GUIDANCE}/Address"
    what: ClassVar[str] = "addresses"
    said: ClassVar[dict[str, Said]] = {
        _TEXT_ALONE: Said("An address is one text", "line, city and postalCode", "text alone"),
        _NO_POSTCODE: Said("An address with lines has no postcode", "postalCode", "none"),
        _POSTCODE: Said("A postcode has not the form of one", "outward and inward code, as ZZ91 9ZZ", "another form"),
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """The faults of one address."""
        node = seen.node
        if not isinstance(node, dict) or not (node.keys() & {"line", "postalCode", "text"}):
            return None
        return self._of(node)

    def _of(self, address: dict[str, Any]) -> Iterator[tuple[str, str]]:
        code, lines = words(address, "postalCode"), _all(address, "line")
        british = is_british(address)
        if not lines and not code:
            yield _TEXT_ALONE, ""
        elif code and british and not is_postcode(code):
            yield _POSTCODE, "/postalCode"
        elif not code and british and not is_absent(address, "postalCode"):
            yield _NO_POSTCODE, ""


TELECOM_COMPLETE = TelecomComplete()
NAMES_STRUCTURED = NamesStructured()
ADDRESSES_STRUCTURED = AddressesStructured()
