"""Filters of a value set's ``include``: does a code satisfy them?

Source: http://hl7.org/fhir/R4/valueset.html#compositions, http://hl7.org/fhir/R4/codesystem-filter-operator.html,
http://hl7.org/fhir/R4/snomedct.html#filters and http://hl7.org/fhir/R4/ucum.html. Three answers: True, False, and
None where it cannot be told from what is held.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.fhir.terminology import algorithmic, shapes
from checker.fhir.terminology.concepts import Concepts

_CODE_PROPERTIES = ("concept", "code")


class Filter(msgspec.Struct, frozen=True):
    """One filter: the property, the operator and the value as the definition has them."""

    property: str
    op: str
    value: str


def read(raw: Any) -> tuple[Filter, ...]:
    """The filters of an include. One that is malformed is kept, and satisfied by nobody knows what."""
    return tuple(
        Filter(shapes.text(one.get("property")), shapes.text(one.get("op")), shapes.text(one.get("value")))
        for one in shapes.objects(raw)
    )


def satisfied(filter_: Filter, system: str, concepts: Concepts | None, code: str) -> bool | None:
    """Does the code satisfy the filter? ``concepts`` is None where its system is not held, or has no concepts."""
    if concepts is None:
        return _ruled(filter_, system, code)
    answer = _of_concept(filter_, concepts, code)
    if answer is False and not concepts.is_whole and filter_.op != "regex":
        return None
    return answer


def _ruled(filter_: Filter, system: str, code: str) -> bool | None:
    """Systems without concepts of ours: rules, and what a code alone can tell of SNOMED CT and others."""
    if filter_.property in _CODE_PROPERTIES and filter_.op == "regex":
        return _matches(filter_.value, code)
    if filter_.property in _CODE_PROPERTIES and filter_.op == "is-a" and code == filter_.value:
        return True
    if filter_.property in _CODE_PROPERTIES and filter_.op == "descendent-of" and code == filter_.value:
        return False
    if system == algorithmic.UCUM and filter_.property == "canonical" and filter_.op == "=":
        from checker.fhir.terminology.ucum import comparable, fault

        return False if fault(code) else comparable(code, filter_.value)
    if system == algorithmic.SNOMED and filter_.op == "=" and filter_.property in ("constraint", "expression"):
        from checker.fhir.terminology.expressions import listed

        sure, whole = listed(filter_.value)
        return True if code in sure else False if whole else None
    if filter_.property in _CODE_PROPERTIES:
        return _compared(filter_, code)
    return None


def _of_concept(filter_: Filter, concepts: Concepts, code: str) -> bool | None:
    """A system whose concepts are held."""
    here = concepts.spelling(code)
    if here is None:
        return False if concepts.is_whole else None
    value = concepts.spelling(filter_.value) or filter_.value
    if filter_.property in _CODE_PROPERTIES:
        answer = _hierarchical(filter_.op, concepts, here, value)
        return answer if answer is not None else _compared(filter_, here)
    if filter_.property == "parent" and filter_.op in ("=", "in"):
        return not concepts.parents(here).isdisjoint(part.strip() for part in filter_.value.split(","))
    if filter_.property == "child" and filter_.op in ("=", "in"):
        return not concepts.children(here).isdisjoint(part.strip() for part in filter_.value.split(","))
    if filter_.property == "display":
        found = [text for _, text in concepts.displays(here)]
    else:
        found = concepts.values(here, filter_.property)
    if filter_.op == "exists":
        return bool(found) == (filter_.value.lower() != "false")
    if filter_.op == "not-in":
        answers = [_compared(filter_, one) for one in found]
        return None if None in answers else all(answers)
    answers = [_compared(filter_, one) for one in found]
    return True if True in answers else None if None in answers else False if found else _absent(filter_.op)


def _absent(op: str) -> bool | None:
    """No value of the property: compares with nothing, unless the operator is not ours."""
    return False if op in ("=", "in", "regex") else None


def _hierarchical(op: str, concepts: Concepts, code: str, value: str) -> bool | None:
    if op == "is-a":
        return code == value or code in concepts.below(value)
    if op == "descendent-of":
        return code in concepts.below(value)
    if op == "is-not-a":
        return code != value and code not in concepts.below(value)
    if op == "generalizes":
        return code == value or code in concepts.above(value)
    if op == "child-of":
        return code in concepts.children(value)
    if op == "descendent-leaf":
        return code in concepts.below(value) and not concepts.children(code)
    if op == "exists":
        return True
    return None


def _compared(filter_: Filter, found: str) -> bool | None:
    """Operators that compare texts."""
    if filter_.op == "=":
        return found == filter_.value
    if filter_.op == "in":
        return found in [part.strip() for part in filter_.value.split(",")] if "^" not in filter_.value else None
    if filter_.op == "not-in":
        return found not in [part.strip() for part in filter_.value.split(",")] if "^" not in filter_.value else None
    if filter_.op == "regex":
        return _matches(filter_.value, found)
    return None


def _matches(pattern: str, text: str) -> bool | None:
    from checker.fhir import bounded_regex

    compiled = bounded_regex.compile(pattern)
    if compiled is None:
        return None
    try:
        return compiled.fullmatch(text)
    except ValueError:
        return None
