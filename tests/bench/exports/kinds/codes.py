"""Codes that cannot be understood where they arrive."""

from __future__ import annotations

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault
from tests.bench.exports.template import SUPPLIER


@fault("code-without-system", "DH-EXIT-07", exports=BOTH)
def without_system(home: Household) -> None:
    """A code does not say of which system it is."""
    del home.of("Condition")["code"]["coding"][0]["system"]
    home.mark(home.of("Condition"), "/code/coding/0")


@fault("local-code", "DH-EXIT-07", exports=BOTH)
def local(home: Household) -> None:
    """A code is of a system of the supplier's own, of which the export has no dictionary."""
    home.of("Condition")["code"] = {"coding": [{"system": f"{SUPPLIER}/problems", "code": "P-17"}]}
    home.mark(home.of("Condition"), "/code/coding/0")


@fault("unknown-ethnicity", "DH-DQ-03", "UKCORE-GEN-002")
def unknown_ethnicity(home: Household) -> None:
    """An ethnic category has a code that its list does not have."""
    coding = home.patient["extension"][0]["valueCodeableConcept"]["coding"][0]
    coding["code"] = "QQ"
    del coding["display"]
    home.mark(home.patient, "/extension/0/valueCodeableConcept")


@fault("impossible-concept", "DH-DQ-03", exports=BOTH)
def impossible_concept(home: Household) -> None:
    """A SNOMED CT code has a wrong check digit."""
    home.of("Condition")["code"]["coding"][0] = {"system": "http://snomed.info/sct", "code": "195967002"}
    home.mark(home.of("Condition"), "/code/coding/0/code")


@fault("malformed-postcode", "DH-DQ-03")
def malformed_postcode(home: Household) -> None:
    """A postcode has not the form of one."""
    home.patient["address"][0]["postalCode"] = "ZZ1 99Z"
    home.mark(home.patient, "/address/0/postalCode")
