"""Restricted patients, and whose records these are."""

from __future__ import annotations

from tests.bench.exports.household import Household, Resource
from tests.bench.exports.kinds.kind import BOTH, fault
from tests.bench.exports.template import CONFIDENTIALITY, SUPPLIER, coding

_RESTRICTED = coding(CONFIDENTIALITY, "R", "restricted")
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def restrict(home: Household, but: str = "") -> None:
    """Label all of a household, and leave out what tells where the patient is, but for one element."""
    for resource in home.resources:
        resource["meta"]["security"] = [dict(_RESTRICTED)]
    for name in ("address", "telecom", "generalPractitioner"):
        if name != but:
            home.patient.pop(name, None)


def _left(home: Household, name: str) -> None:
    restrict(home, name)
    home.mark(home.patient, f"/{name}")


@fault("restricted-with-address", "DH-SENS-01")
def with_address(home: Household) -> None:
    """A restricted patient has an address."""
    _left(home, "address")


@fault("restricted-with-telecom", "DH-SENS-01")
def with_telecom(home: Household) -> None:
    """A restricted patient has a telephone number."""
    _left(home, "telecom")


@fault("restricted-with-practice", "DH-SENS-01")
def with_practice(home: Household) -> None:
    """A restricted patient has a general practice, which tells where they live."""
    _left(home, "generalPractitioner")


@fault("restricted-with-contained-address", "DH-SENS-01")
def with_contained(home: Household) -> None:
    """A resource of a restricted patient contains the patient's address."""
    address = home.patient["address"]
    restrict(home)
    contained: Resource = {"resourceType": "Patient", "id": "p", "address": address}
    home.weight["contained"] = [contained]
    home.weight["subject"] = {"reference": "#p"}
    home.mark(home.weight, "/contained/0/address")


@fault("restricted-with-relative", "DH-SENS-02")
def with_relative(home: Household) -> None:
    """The relative of a restricted patient is in the export, with an address."""
    address = home.patient["address"]
    restrict(home)
    relative: Resource = {
        "resourceType": "RelatedPerson",
        "id": home.weight["id"],
        "meta": {"versionId": "1", "lastUpdated": home.patient["meta"]["lastUpdated"]},
        "active": True,
        "patient": {"reference": f"Patient/{home.patient['id']}"},
        "name": [{"use": "official", "family": home.person.family, "given": ["Piers"]}],
        "address": address,
    }
    home.mark(home.instead_of_weight(relative), "/address")


@fault("label-dropped", "DH-SENS-04")
def dropped(home: Household) -> None:
    """All resources of a restricted patient are labelled but one."""
    restrict(home)
    del home.weight["meta"]["security"]
    home.mark(home.weight, "/meta/security")


@fault("label-of-our-own", "DH-SENS-04")
def local_label(home: Household) -> None:
    """A label has a code that only the supplier knows."""
    home.weight["meta"]["security"] = [{"system": f"{SUPPLIER}/labels", "code": "SECRET"}]
    home.mark(home.weight, "/meta/security/0")


@fault("label-not-in-its-system", "DH-SENS-04", "UKCORE-GEN-002")
def unknown_label(home: Household) -> None:
    """A label has a code that the system of confidentiality does not have."""
    home.weight["meta"]["security"] = [{"system": CONFIDENTIALITY, "code": "RESTRICTED"}]
    home.mark(home.weight, "/meta/security/0/code")


@fault("other-tenant", "DH-EXIT-11", exports=BOTH)
def other_tenant(home: Household) -> None:
    """A patient belongs to an organisation that is not of this export."""
    home.patient["managingOrganization"] = {"identifier": {"system": _ODS, "value": "ZY999"}}
    home.mark(home.patient, "/managingOrganization")
