"""The forms of what happens to patients. Each says in what order it is filled, after id, time and narrative."""

from __future__ import annotations

from tests.bench.exports.template import HL7, LOINC, SNOMED, SUPPLIER, UCUM, Form, coding, concept, quantity

CONDITIONS = (
    *(("195967001", "Asthma"), ("73211009", "Diabetes mellitus"), ("38341003", "Hypertensive disorder")),
    *(("396275006", "Osteoarthritis"), ("35489007", "Depressive disorder"), ("40930008", "Hypothyroidism")),
)
_MEDICINE = concept(SNOMED, "42109611000001109", "Paracetamol 500mg tablets")
_TABLET = {"unit": "tablet", "system": SNOMED, "code": "428673006"}
_TWICE_A_DAY = {"value": 2, "unit": "per day", "system": UCUM, "code": "/d"}
DOSES = ("One tablet twice a day", "Take ONE tablet TWICE daily", "One tablet in the morning and one at night")
NOTES = (
    "Seen with nurse; 3 readings, the last one kept.",
    "Feeling well. Review in 6 months.",
    "Discussed diet and exercise, leaflet given.",
)
TOLD = (
    "Recorded at the practice.",
    "Measured twice, after 5 minutes at rest.",
    "Copied from the letter of the clinic; see the document.",
)
_WHOSE = {"subject": {"reference": "Patient/%s"}}
_AT = {"encounter": {"reference": "Encounter/%s"}}
_BY = {"performer": [{"reference": "Practitioner/%s"}]}
_NOTED = {"note": [{"text": "%s"}]}


def _category(code: str, display: str) -> dict[str, object]:
    return {"category": [concept(f"{HL7}/observation-category", code, display)]}


_VITAL, _LABORATORY = _category("vital-signs", "Vital Signs"), _category("laboratory", "Laboratory")


def _measured(claimed: str, category: dict[str, object], code: object, value: dict[str, object]) -> Form:
    """Filled with patient, encounter, time, practitioner, values, note."""
    head = {"status": "final", **category, "code": code, **_WHOSE, **_AT, "effectiveDateTime": "%sT10:15:00+00:00"}
    return Form("Observation", claimed, {**head, **_BY, **value, **_NOTED})


def _vital(claimed: str, loinc: tuple[str, str], snomed: tuple[str, str], value: dict[str, object]) -> Form:
    return _measured(f"Observation-VitalSigns-{claimed}", _VITAL, _twice_coded(loinc, snomed), value)


def _twice_coded(loinc: tuple[str, str], snomed: tuple[str, str]) -> dict[str, object]:
    """Nobody chose one of the two."""
    return {
        "coding": [
            {**coding(LOINC, *loinc), "userSelected": False},
            {**coding(SNOMED, *snomed), "userSelected": False},
        ]
    }


def _part(loinc: tuple[str, str], snomed: tuple[str, str]) -> dict[str, object]:
    code = {**_twice_coded(loinc, snomed), "text": snomed[1]}
    return {"code": code, "valueQuantity": quantity("millimeter of mercury", "mm[Hg]", "%d")}


PRESSURE = _vital(
    "BloodPressure",
    ("85354-9", "Blood pressure panel with all children optional"),
    ("75367002", "Blood pressure"),
    {
        "component": [
            _part(("8480-6", "Systolic blood pressure"), ("271649006", "Systolic blood pressure")),
            _part(("8462-4", "Diastolic blood pressure"), ("271650006", "Diastolic blood pressure")),
        ]
    },
)
WEIGHT = _vital(
    "BodyWeight",
    ("29463-7", "Body weight"),
    ("27113001", "Body weight"),
    {"valueQuantity": quantity("kilogram", "kg", "%.1f")},
)
HEART_RATE = _vital(
    "HeartRate",
    ("8867-4", "Heart rate"),
    ("364075005", "Heart rate"),
    {"valueQuantity": quantity("per minute", "/min", "%d")},
)
TEMPERATURE = _vital(
    "BodyTemperature",
    ("8310-5", "Body temperature"),
    ("386725007", "Body temperature"),
    {"valueQuantity": quantity("degree Celsius", "Cel", "%.1f")},
)
GLUCOSE = _measured(
    "Observation-BloodGlucose",
    _LABORATORY,
    concept(SNOMED, "434912009", "Blood glucose concentration"),
    {"valueQuantity": quantity("millimoles per litre", "mmol/L", "%.1f")},
)
RESULT = _measured(
    "Observation-Lab",
    _LABORATORY,
    concept(SNOMED, "999791000000106"),
    {"valueQuantity": quantity("millimole per mole", "mmol/mol", "%d")},
)
ENCOUNTER = Form(
    "Encounter",
    "Encounter",
    {
        "identifier": [{"system": f"{SUPPLIER}/visit", "value": "V%09d"}],
        "status": "finished",
        "class": coding(f"{HL7}/v3-ActCode", "AMB", "ambulatory"),
        **_WHOSE,
        "participant": [{"individual": {"reference": "Practitioner/%s"}}],
        "period": {"start": "%sT10:00:00+00:00", "end": "%sT10:40:00+00:00"},
        "reasonCode": [{"text": "Review"}],
        "reasonReference": [{"reference": "Condition/%s"}],
        "serviceProvider": {"reference": "Organization/%s"},
    },
)
CONDITION = Form(
    "Condition",
    "Condition",
    {
        "clinicalStatus": concept(f"{HL7}/condition-clinical", "active", "Active"),
        "verificationStatus": concept(f"{HL7}/condition-ver-status", "confirmed", "Confirmed"),
        "category": [concept(f"{HL7}/condition-category", "problem-list-item", "Problem List Item")],
        "severity": concept(SNOMED, "255604002", "Mild"),
        "code": concept(SNOMED, "%s", "%s"),
        **_WHOSE,
        **_AT,
        "onsetDateTime": "%s",
        "recordedDate": "%s",
        "recorder": {"reference": "Practitioner/%s"},
        **_NOTED,
    },
)
PRESCRIPTION = Form(
    "MedicationRequest",
    "MedicationRequest",
    {
        "identifier": [{"system": f"{SUPPLIER}/prescription-item", "value": "RX%010d"}],
        "status": "active",
        "intent": "order",
        "category": [concept(f"{HL7}/medicationrequest-category", "community", "Community")],
        "medicationCodeableConcept": _MEDICINE,
        **_WHOSE,
        **_AT,
        "authoredOn": "%s",
        "requester": {"reference": "Practitioner/%s"},
        "dosageInstruction": [
            {
                "text": "%s",
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, **_TABLET}, "rateQuantity": _TWICE_A_DAY}],
            }
        ],
        "dispenseRequest": {"quantity": {"value": 28, **_TABLET}},
        "substitution": {"allowedBoolean": False},
    },
)
ALLERGY = Form(
    "AllergyIntolerance",
    "AllergyIntolerance",
    {
        "clinicalStatus": concept(f"{HL7}/allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": concept(f"{HL7}/allergyintolerance-verification", "confirmed", "Confirmed"),
        "type": "allergy",
        "category": ["medication"],
        "criticality": "high",
        "code": concept(SNOMED, "91936005", "Allergy to penicillin"),
        "patient": {"reference": "Patient/%s"},
        **_AT,
        "recordedDate": "%s",
        "recorder": {"reference": "Practitioner/%s"},
        "reaction": [{"manifestation": [concept(SNOMED, "271807003", "Eruption of skin")], "severity": "moderate"}],
    },
)
IMMUNISATION = Form(
    "Immunization",
    "Immunization",
    {
        "status": "completed",
        "vaccineCode": concept(SNOMED, "39114911000001105"),
        "patient": {"reference": "Patient/%s"},
        **_AT,
        "occurrenceDateTime": "%s",
        "primarySource": True,
        "manufacturer": {"display": "Quillhaven Vaccines (synthetic)"},
        "lotNumber": "L-%04d",
        "doseQuantity": {"value": 0.5, "unit": "millilitre", "system": UCUM, "code": "mL"},
        "performer": [{"actor": {"reference": "Practitioner/%s"}}],
    },
)
DOCUMENT = Form(
    "DocumentReference",
    "DocumentReference",
    {
        "identifier": [{"system": f"{SUPPLIER}/document", "value": "D%09d"}],
        "status": "current",
        "type": concept(SNOMED, "823691000000103"),
        "category": [concept(SNOMED, "734163000", "Care plan")],
        **_WHOSE,
        "date": "%sT10:30:00+00:00",
        "author": [{"reference": "Practitioner/%s"}],
        "description": "Clinic letter",
        "content": [
            {"attachment": {"contentType": "text/plain", "data": "%s", "size": "#%d#", "hash": "%s", "title": "Letter"}}
        ],
        "context": {"encounter": [{"reference": "Encounter/%s"}]},
    },
)
