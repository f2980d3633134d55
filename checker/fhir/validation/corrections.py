"""Published invariants that do not say what their own text means, and what is evaluated in their place.

A row holds only for the published expression whose hash it names: a later publication that mends it is taken
as it is. Every row says why. ``dom-3`` and the narrative's ``txt-1`` and ``txt-2`` are stated by hand elsewhere.

Source: the errata and later versions of http://hl7.org/fhir/R4/ (tracked at https://jira.hl7.org).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import msgspec

from checker.fhir.definitions.ir import Binding, Constraint

_JIRA = "https://jira.hl7.org/projects/FHIR"

BY_HAND = frozenset({"dom-3", "txt-1", "txt-2"})
"""Keys of R4 whose rule a module of ours states, by :func:`stated_by_hand`."""


class Correction(msgspec.Struct, frozen=True):
    """What is evaluated for an invariant: ``expression`` is None where nothing can be."""

    key: str
    published: str
    expression: str | None
    reason: str
    source: str = _JIRA


def fingerprint(expression: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of an expression."""
    return hashlib.sha256(expression.encode()).hexdigest()[:16]


CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        "*-0",
        "51abf1daf1f5ff67",
        "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')",
        "the whole name is meant, and a definition without a name breaks another rule",
    ),
    Correction(
        "ref-1",
        "136606a25e00948e",
        "reference.exists() implies (reference = '#' or reference.startsWith('#').not() or"
        " (reference.substring(1) in %rootResource.contained.id))",
        "without a reference the published expression is empty, and '#' from a contained resource names its container",
    ),
    Correction(
        "bdl-8",
        "8828493cecc98357",
        "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
        "without a fullUrl the published expression is empty",
    ),
    Correction(
        "con-3",
        "a8ec6d1b6bd37a4a",
        "clinicalStatus.exists() or verificationStatus.coding.where(system ="
        " 'http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or"
        " category.coding.where(system = 'http://terminology.hl7.org/CodeSystem/condition-category' and"
        " code = 'problem-list-item').empty()",
        "the published expression compares a CodeableConcept with a text",
    ),
    Correction(
        "tim-9",
        "ac2315eaecf981a5",
        "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())",
        "'when' repeats, and 'in' takes one value",
    ),
    Correction(
        "que-7", "f2f0c4e44c1f61e0", "operator = 'exists' implies (answer is boolean)", "the type is called boolean"
    ),
    Correction(
        "que-12",
        "ae354c4ce7ccb5ca",
        "enableWhen.count() >= 2 implies enableBehavior.exists()",
        "the rule is for more than one enableWhen, the published expression for more than two",
    ),
    Correction(
        "ras-2",
        "e7f8ac61b003dc72",
        "probability.empty() or ((probability is decimal) implies ((probability as decimal) <= 100))",
        "without a probability the published expression is empty",
    ),
    Correction(
        "vs-1",
        "7db40d7ca41dd96d",
        "($this is dateTime) implies ($this as dateTime).toString().length() >= 8",
        "the rule is for a dateTime; for a Period the published expression is empty",
    ),
    Correction(
        "eld-19",
        "9e1cb7e1ca31182a",
        r"path.matches('^[^\\s\\.,:;\\\'\"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\.[^\\s\\.,:;\\\'\"\\/|?!@#$%&*()\\[\\]{}]{1,64}"
        r"(\\[x\\])?(\\:[^\\s\\.]+)?)*$')",
        "the whole path is meant, and matches() looks anywhere in it",
    ),
    Correction(
        "eld-20",
        "ef1f73862ba75b1a",
        r"path.matches('^[A-Za-z][A-Za-z0-9]*(\\.[a-z][A-Za-z0-9]*(\\[x])?)*$')",
        "the whole path is meant, and matches() looks anywhere in it",
    ),
    Correction(
        "opd-3",
        "b657cbdeed9090ee",
        "targetProfile.exists() implies (type = 'Reference' or type = 'canonical' or"
        " type.memberOf('http://hl7.org/fhir/ValueSet/resource-types'))",
        "a parameter that is a resource may name its StructureDefinition too",
    ),
    Correction(
        "inv-1",
        "8aa59a8377695d83",
        None,
        "the published expression of the substance exposure risk extension names elements that no extension has",
    ),
)


_BY_HASH = {correction.published: correction for correction in CORRECTIONS}


def stated_by_hand(constraint: Constraint) -> bool:
    """Whether a module of ours states the rule of that constraint."""
    return constraint.key in BY_HAND and (
        "htmlChecks" in constraint.expression or "descendants" in constraint.expression
    )


@lru_cache(maxsize=4096)
def corrected(expression: str) -> str | None:
    """What is evaluated for a published expression; None when nothing can be."""
    correction = _BY_HASH.get(fingerprint(expression))
    return expression if correction is None else correction.expression


_VITAL_UNITS = "http://hl7.org/fhir/ValueSet/ucum-vitals-common"


def corrected_strength(path: str, binding: Binding) -> str:
    """The strength of a binding as it is judged.

    R4 binds the value of a vital sign's component to units of UCUM and calls that required, which no coded value
    could meet; it is judged as extensible, as HL7's validator does.
    """
    if (
        binding.strength == "required"
        and path == "Observation.component.value[x]"
        and (binding.value_set or "").partition("|")[0] == _VITAL_UNITS
    ):
        return "extensible"
    return binding.strength
