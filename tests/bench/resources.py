"""Synthetic resources of the kinds that suppliers send most: distinct ids, dates, references and narratives; seeded."""

from __future__ import annotations

import json
import random
from typing import Any

_FAMILY = ("Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Davies", "Patel", "Wright", "Khan", "Wood")
_GIVEN = ("Oliver", "Amelia", "George", "Isla", "Noah", "Ava", "Arthur", "Ivy", "Harry", "Freya", "Muhammad", "Mia")
_CITY = ("Leeds", "Bristol", "York", "Derby", "Exeter", "Durham", "Truro", "Luton", "Hull", "Bath")
_WORDS = (
    *("patient", "seen", "today", "with", "a", "history", "of", "stable", "blood", "pressure", "advised", "to"),
    *("continue", "current", "treatment", "and", "return", "if", "symptoms", "worsen", "review", "planned", "in"),
    *("three", "months", "by", "the", "practice", "nurse", "no", "known", "allergies", "recorded", "so", "far"),
)
_LABS = (
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", "g/dL"),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL"),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L"),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", "%"),
)


def nhs_number(serial: int) -> str:
    """A number of the range kept for tests, with its check digit."""
    while True:
        digits = f"999{serial % 1_000_000:06d}"
        rest = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11
        if rest != 10:
            return digits + str(rest % 11)
        serial += 1


class Maker:
    """Makes resources; the same seed makes the same."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.serial = 0

    def id(self) -> str:
        value = f"{self.random.getrandbits(128):032x}"
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"

    def day(self, first: int = 1930, last: int = 2025) -> str:
        r = self.random
        return f"{r.randint(first, last)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"

    def moment(self) -> str:
        r = self.random
        return f"{self.day(2015)}T{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}+00:00"

    def reference(self, kind: str) -> dict[str, str]:
        return {"reference": f"{kind}/{self.id()}"}

    def narrative(self) -> dict[str, str]:
        """About 800 characters with a table."""
        r = self.random
        rows = "".join(
            f"<tr><td>{r.choice(_WORDS)} {r.randint(1, 999)}</td><td>{' '.join(r.choices(_WORDS, k=6))}</td></tr>"
            for _ in range(7)
        )
        text = " ".join(r.choices(_WORDS, k=30))
        div = (
            f'<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Record of {self.day()}</b></p>'
            f"<p>{text} {r.randint(1, 10**6)}</p><table>{rows}</table></div>"
        )
        return {"status": "generated", "div": div}

    def _resource(self, kind: str, narrative: bool) -> dict[str, Any]:
        self.serial += 1
        made: dict[str, Any] = {"resourceType": kind, "id": self.id()}
        made["meta"] = {"versionId": str(self.random.randint(1, 9)), "lastUpdated": self.moment()}
        if narrative:
            made["text"] = self.narrative()
        return made

    def observation(self, narrative: bool = False) -> dict[str, Any]:
        made = self._resource("Observation", narrative)
        code, display, unit, ucum = self.random.choice(_LABS)
        category = "http://terminology.hl7.org/CodeSystem/observation-category"
        made["status"] = "final"
        made["category"] = [{"coding": [{"system": category, "code": "laboratory", "display": "Laboratory"}]}]
        made["code"] = {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display}
        made["subject"] = self.reference("Patient")
        made["encounter"] = self.reference("Encounter")
        made["effectiveDateTime"] = self.moment()
        made["issued"] = self.moment()
        made["performer"] = [self.reference("Practitioner")]
        value = round(self.random.uniform(1, 200), 1)
        made["valueQuantity"] = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum}
        return made

    def patient(self, narrative: bool = False) -> dict[str, Any]:
        r = self.random
        made = self._resource("Patient", narrative)
        made["identifier"] = [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number(self.serial)},
            {"use": "usual", "system": "https://hospital.example/mrn", "value": str(r.randint(10**6, 10**7))},
        ]
        given = [r.choice(_GIVEN), r.choice(_GIVEN)]
        made["active"] = True
        made["name"] = [{"use": "official", "family": r.choice(_FAMILY), "given": given, "prefix": ["Ms"]}]
        made["telecom"] = [
            {"system": "phone", "value": f"0{r.randint(10**9, 10**10 - 1)}", "use": "home"},
            {"system": "email", "value": f"{given[0].lower()}{r.randint(1, 9999)}@mail.example"},
        ]
        made["gender"] = r.choice(("male", "female"))
        made["birthDate"] = self.day()
        made["address"] = [
            {
                "use": "home",
                "line": [f"{r.randint(1, 300)} High Street"],
                "city": r.choice(_CITY),
                "postalCode": f"LS{r.randint(1, 9)} {r.randint(1, 9)}AB",
                "country": "GB",
            }
        ]
        made["managingOrganization"] = self.reference("Organization")
        return made

    def encounter(self, narrative: bool = False) -> dict[str, Any]:
        made = self._resource("Encounter", narrative)
        made["status"] = "finished"
        system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        made["class"] = {"system": system, "code": "AMB", "display": "ambulatory"}
        made["subject"] = self.reference("Patient")
        start = self.moment()
        made["participant"] = [{"period": {"start": start}, "individual": self.reference("Practitioner")}]
        made["period"] = {"start": start, "end": start[:11] + "23:59:59+00:00"}
        made["serviceProvider"] = self.reference("Organization")
        return made

    def condition(self, narrative: bool = False) -> dict[str, Any]:
        r = self.random
        made = self._resource("Condition", narrative)
        base = "http://terminology.hl7.org/CodeSystem/condition-"
        made["clinicalStatus"] = {"coding": [{"system": base + "clinical", "code": "active"}]}
        made["verificationStatus"] = {"coding": [{"system": base + "ver-status", "code": "confirmed"}]}
        made["category"] = [{"coding": [{"system": base + "category", "code": "problem-list-item"}]}]
        code, display = r.choice((("38341003", "Hypertension"), ("195967001", "Asthma"), ("73211009", "Diabetes")))
        made["code"] = {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]}
        made["subject"] = self.reference("Patient")
        made["onsetDateTime"] = self.day(1990)
        made["recordedDate"] = self.moment()
        made["note"] = [{"text": " ".join(r.choices(_WORDS, k=12)) + f" {r.randint(1, 10**6)}"}]
        return made

    def medication_request(self, narrative: bool = False) -> dict[str, Any]:
        r = self.random
        made = self._resource("MedicationRequest", narrative)
        made["status"] = "active"
        made["intent"] = "order"
        code, display = r.choice((("322236009", "Paracetamol 500mg tablets"), ("319775004", "Aspirin 75mg tablets")))
        made["medicationCodeableConcept"] = {
            "coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]
        }
        made["subject"] = self.reference("Patient")
        made["authoredOn"] = self.moment()
        made["requester"] = self.reference("Practitioner")
        made["dosageInstruction"] = [
            {
                "text": f"Take {r.randint(1, 3)} as directed",
                "timing": {"repeat": {"frequency": r.randint(1, 4), "period": 1, "periodUnit": "d"}},
                "doseAndRate": [
                    {"doseQuantity": {"value": 1, "unit": "tablet", "system": "http://unitsofmeasure.org", "code": "1"}}
                ],
            }
        ]
        made["substitution"] = {"allowedBoolean": r.random() < 0.5}
        return made

    def mixed(self, count: int, narrative: bool = False) -> list[dict[str, Any]]:
        """Resources as they come in a record: many observations, few patients."""
        kinds = (
            *(self.patient, self.encounter, self.condition, self.medication_request),
            *(self.observation, self.observation, self.observation, self.observation),
        )
        return [kinds[at % len(kinds)](narrative) for at in range(count)]

    def bundle(self, count: int, kind: str = "collection") -> dict[str, Any]:
        """A FHIR Bundle whose entries refer to one another."""
        patient = self.patient()
        patients = [patient]
        resources: list[dict[str, Any]] = [patient]
        while len(resources) < count:
            if len(resources) % 20 == 0:
                patients.append(self.patient())
                resources.append(patients[-1])
                continue
            one = self.observation()
            one["subject"] = {"reference": f"Patient/{patients[-1]['id']}"}
            resources.append(one)
        base = "https://ehr.hospital.example/fhir"
        entries = [{"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
        return {"resourceType": "Bundle", "id": self.id(), "type": kind, "entry": entries}


def text(resource: dict[str, Any]) -> bytes:
    """The resource as compact JSON."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def lines(count: int, *, narrative: bool = False, seed: int = 1) -> list[bytes]:
    """Mixed resources as JSON."""
    return [text(one) for one in Maker(seed).mixed(count, narrative)]
