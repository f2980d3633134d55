"""What is there twice."""

from __future__ import annotations

import copy

from tests.bench.exports.chance import logical_id
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault


@fault("shared-hospital-number", "DH-DQ-08")
def shared_hospital_number(home: Household) -> None:
    """Two patients carry one hospital number."""
    home.patient["identifier"][1]["value"] = home.previous.hospital_number
    home.mark(home.patient, "/identifier/1/value", with_previous=True)


@fault("same-resource-twice", "DH-DQ-08", exports=BOTH)
def same_resource_twice(home: Household) -> None:
    """A resource stands in the export twice, with its id and all."""
    twin = home.instead_of_weight(copy.deepcopy(home.of("Condition")))
    home.mark(twin)


@fault("copied-resource", "DH-DQ-08", exports=BOTH)
def copied_resource(home: Household) -> None:
    """A resource stands in the export twice, under two ids."""
    id = home.weight["id"]
    twin = home.instead_of_weight(copy.deepcopy(home.of("Condition")))
    twin["id"] = id
    home.mark(twin)


@fault("id-twice", "DH-DQ-08", exports=BOTH)
def id_twice(home: Household) -> None:
    """Two different resources of a type have one id."""
    home.weight["id"] = home.of("Observation")["id"]
    home.mark(home.weight, "/id")


@fault("dangling-reference", "DH-DQ-10", exports=BOTH)
def dangling(home: Household) -> None:
    """A reference leads to an encounter that is not in the export."""
    home.weight["encounter"]["reference"] = f"Encounter/{logical_id(1, home.person.place)}"
    home.mark(home.weight, "/encounter/reference")


@fault("dangling-patient", "DH-DQ-10", exports=BOTH)
def dangling_patient(home: Household) -> None:
    """A result is of a patient who is not in the export."""
    home.weight["subject"]["reference"] = f"Patient/{logical_id(2, home.person.place)}"
    home.mark(home.weight, "/subject/reference")
