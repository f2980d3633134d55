"""Consents, opt-outs, and what an audit entry tells of a patient."""

from __future__ import annotations

import base64

from fixtures.supplier.nhs_number import SYSTEM
from tests.bench.exports.household import Household, Resource
from tests.bench.exports.kinds.kind import decoy, fault
from tests.bench.exports.template import HL7, UK_CORE, coding, concept

_DAY = "2024-03-11"


def _instead(home: Household, kind: str, more: Resource) -> Resource:
    """Another resource about the patient, in place of the weight."""
    meta: Resource = {"versionId": "1", "lastUpdated": f"{_DAY}T17:00:00+00:00"}
    if kind != "AuditEvent":
        meta["profile"] = [UK_CORE + kind]
    return home.instead_of_weight({"resourceType": kind, "id": home.weight["id"], "meta": meta, **more})


def _consent(home: Household, ends: str) -> Resource:
    made = {
        "status": "active",
        "scope": concept(f"{HL7}/consentscope", "patient-privacy", "Privacy Consent"),
        "category": [concept("http://loinc.org", "59284-0", "Patient Consent")],
        "patient": {"reference": f"Patient/{home.patient['id']}"},
        "dateTime": f"{_DAY}T10:20:00+00:00",
        "policyRule": {"text": "The privacy notice of the practice"},
        "provision": {"type": "permit", "period": {"start": _DAY, "end": ends}},
    }
    return _instead(home, "Consent", made)


@fault("consent-past-its-end", "DH-OPT-06")
def past_its_end(home: Household) -> None:
    """A consent is active, and its period ended before the export was made."""
    home.mark(_consent(home, "2025-03-11"), "/provision/period/end")


@fault("consent-without-time", "DH-OPT-06")
def without_time(home: Household) -> None:
    """A consent does not say when it was given."""
    made = _consent(home, "2034-03-11")
    del made["dateTime"]
    home.mark(made, "/dateTime")


@decoy("consent-in-force", "DH-OPT-06")
def in_force(home: Household) -> None:
    """A consent is active, and says when, for what and until when."""
    home.mark(_consent(home, "2034-03-11"))


@fault("opt-out-on-record", "DH-OPT-04")
def opt_out(home: Household) -> None:
    """A flag on the record says that the patient has a national data opt-out."""
    flag = {
        "status": "active",
        "code": {"text": "National data opt-out"},
        "subject": {"reference": f"Patient/{home.patient['id']}"},
    }
    home.mark(_instead(home, "Flag", flag), "/code/text")


@decoy("other-flag", "DH-OPT-04")
def other_flag(home: Household) -> None:
    """A flag on the record says that the patient opted out of text messages."""
    flag = {
        "status": "active",
        "code": {"text": "Opted out of SMS reminders"},
        "subject": {"reference": f"Patient/{home.patient['id']}"},
    }
    home.mark(_instead(home, "Flag", flag), "/code/text")


def _audit(home: Household, query: str) -> Resource:
    who = {"reference": home.weight["performer"][0]["reference"]}
    made = {
        "type": coding(f"{HL7}/audit-event-type", "rest", "RESTful Operation"),
        "subtype": [coding("http://hl7.org/fhir/restful-interaction", "search-type", "search-type")],
        "action": "E",
        "recorded": f"{_DAY}T10:21:00+00:00",
        "outcome": "0",
        "agent": [{"who": who, "requestor": True}],
        "source": {"observer": {"display": "The practice's system"}},
        "entity": [{"what": {"reference": f"Patient/{home.patient['id']}"}, "query": _base64(query)}],
    }
    return _instead(home, "AuditEvent", made)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@fault("number-in-audit-query", "DH-AUD-05")
def number_in_query(home: Household) -> None:
    """The search that an audit entry keeps holds an NHS number in clear."""
    home.mark(_audit(home, f"GET Patient?identifier={SYSTEM}|{home.person.number}"), "/entity/0/query")


@decoy("opaque-audit-query", "DH-AUD-05")
def opaque_query(home: Household) -> None:
    """The search that an audit entry keeps names the patient by an opaque id."""
    home.mark(_audit(home, f"GET Observation?patient={home.patient['id']}"), "/entity/0/query")
