"""Short excerpts, right and wrong, for the pages of the rules that are met most and do not bring their own."""

from __future__ import annotations

_SCT = '"system": "http://snomed.info/sct"'
_LOINC = '"system": "http://loinc.org"'

EXCERPTS: dict[str, tuple[str, str]] = {
    "attachment-hash": (
        '"hash": "<SHA-1 of the bytes, as base64>"',
        '"hash": "<MD5 of the bytes, as hexadecimal digits>"',
    ),
    "bundle-entry-empty": (
        '"entry": [{"resource": {"resourceType": "Patient"}}]',
        '"entry": [{"fullUrl": "urn:uuid:…"}]',
    ),
    "bundle-full-url-duplicate": (
        '"entry": [{"fullUrl": "urn:uuid:1b…"}, {"fullUrl": "urn:uuid:2c…"}]',
        '"entry": [{"fullUrl": "urn:uuid:1b…"}, {"fullUrl": "urn:uuid:1b…"}]',
    ),
    "bundle-full-url-missing": (
        '"entry": [{"fullUrl": "urn:uuid:1b…", "resource": {…}}]',
        '"entry": [{"resource": {…}}]',
    ),
    "bundle-full-url-version": (
        '"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/12"',
        '"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/12/_history/3"',
    ),
    "bundle-reference-missing": (
        '"subject": {"reference": "urn:uuid:1b…"}, and an entry with the fullUrl "urn:uuid:1b…"',
        '"subject": {"reference": "Patient/12"}, and no entry for that Patient',
    ),
    "bundle-request-missing": (
        '{"resource": {…}, "request": {"method": "POST", "url": "Patient"}}',
        '{"resource": {…}}  (in a transaction)',
    ),
    "bundle-search-mode-missing": ('"search": {"mode": "match"}', "an entry of a searchset without search"),
    "bundle-search-total": ('"total": 2, and 2 matches', '"total": 1, and 2 matches'),
    "cardinality-forbidden": (
        "leave out the element that the StructureDefinition limits to 0..0",
        '"animal": {…}  (where the StructureDefinition has max 0)',
    ),
    "cardinality-maximum": (
        '"identifier": [{"value": "1"}]',
        '"identifier": [{"value": "1"}, {"value": "2"}]  (where max is 1)',
    ),
    "code-system-incomplete": ('"caseSensitive": true, "hierarchyMeaning": "is-a"', "a CodeSystem without them"),
    "coding-display": (
        f'{{{_LOINC}, "code": "8867-4", "display": "Heart rate"}}',
        f'{{{_LOINC}, "code": "8867-4", "display": "Blood pressure"}}',
    ),
    "coding-inactive": ("the concept that has taken its place", "a code with the status inactive or retired"),
    "coding-letter-case": ('"code": "mm[Hg]"', '"code": "MM[HG]"'),
    "coding-malformed": (f'{{{_SCT}, "code": "271649006"}}', f'{{{_SCT}, "code": "2716490O6"}}'),
    "coding-missing": (f'{{"coding": [{{{_SCT}, "code": "271649006"}}], "text": "BP"}}', '{"text": "BP"}'),
    "coding-not-in-value-set": ('"gender": "female"', '"gender": "F"'),
    "coding-system-missing": (f'{{{_SCT}, "code": "271649006"}}', '{"code": "271649006"}'),
    "coding-system-misspelt": ('"system": "http://snomed.info/sct"', '"system": "https://snomed.info/sct/"'),
    "coding-system-relative": ('"system": "http://snomed.info/sct"', '"system": "SNOMED"'),
    "coding-system-supplement": (
        '"system": "http://loinc.org"',
        '"system": "<the url of a CodeSystem with the content supplement>"',
    ),
    "coding-system-value-set": (
        '"system": "http://hl7.org/fhir/administrative-gender"',
        '"system": "http://hl7.org/fhir/ValueSet/administrative-gender"',
    ),
    "coding-unknown": (
        '{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}',
        '{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "married"}',
    ),
    "contained-nested": (
        "both resources in the contained of the outermost one",
        '"contained": [{"resourceType": "Patient", "id": "p", "contained": [{…}]}]',
    ),
    "document-composition-first": (
        '"entry": [{"resource": {"resourceType": "Composition", …}}, …]',
        '"entry": [{"resource": {"resourceType": "Patient", …}}, …]',
    ),
    "document-entry-orphan": (
        'Composition.section[0].entry: [{"reference": "urn:uuid:2c…"}]',
        "an entry that neither the Composition nor anything it leads to refers to",
    ),
    "document-identifier-missing": (
        '"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1b…"}',
        '{"resourceType": "Bundle", "type": "document", "timestamp": "…"}',
    ),
    "document-timestamp-missing": (
        '"timestamp": "2026-03-01T09:30:00Z"',
        '{"resourceType": "Bundle", "type": "document", "identifier": {…}}',
    ),
    "extension-context": (
        'in a Patient, "extension": [{"url": "…/Extension-UKCore-EthnicCategory", …}]',
        "the same extension in Patient.name",
    ),
    "extension-definition-type": (
        '"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"',
        '"url": "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"',
    ),
    "extension-modifier-unknown": (
        "no modifierExtension but one that a package at hand defines",
        '"modifierExtension": [{"url": "http://example.org/negated", "valueBoolean": true}]',
    ),
    "extension-unknown": (
        '"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"',
        '"url": "https://fhir.hl7.org.uk/StructureDefinition/EthnicCategory"',
    ),
    "extension-url-relative": (
        '"url": "https://supplier.example/StructureDefinition/ward"',
        '"url": "ward"  (outside of a complex extension)',
    ),
    "extension-url-version": (
        '"url": "https://supplier.example/StructureDefinition/ward"',
        '"url": "https://supplier.example/StructureDefinition/ward|1.0"',
    ),
    "extension-value-missing": ('{"url": "…", "valueString": "north"}', '{"url": "…", "extension": [{…}]}'),
    "identifier-uri-value": (
        '{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a"}',
        '{"system": "urn:ietf:rfc:3986", "value": "12345"}',
    ),
    "invariant": (
        '"period": {"start": "2026-01-01", "end": "2026-02-01"}',
        '"period": {"start": "2026-02-01", "end": "2026-01-01"}  (per-1)',
    ),
    "invariant-best-practice": ("what the message asks", "a resource without it"),
    "invariant-warning": (
        '"text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Ann Other</div>"}',
        '{"resourceType": "Patient"}  (dom-6)',
    ),
    "json-depth": ("items some levels deep", '{"item": [{"item": [{"item": [ … hundreds of levels'),
    "json-encoding": ("a file in UTF-8", "a file in UTF-16 or ISO-8859-1"),
    "message-header-first": (
        '"entry": [{"resource": {"resourceType": "MessageHeader", …}}, …]',
        '"entry": [{"resource": {"resourceType": "Patient", …}}, …]',
    ),
    "narrative-active": ("<div><p>Heart rate 72/min</p></div>", "<div><script>…</script></div>"),
    "narrative-attribute": ('<p style="color: red">high</p>', '<p onclick="show()">high</p>'),
    "narrative-element": ("<div><p>high</p></div>", "<div><section>high</section></div>"),
    "narrative-empty": ("<div><p>No known allergies</p></div>", "<div> </div>"),
    "narrative-language": (
        '"language": "en-GB", and <div lang="en-GB" xml:lang="en-GB">',
        '"language": "en-GB", and <div>',
    ),
    "narrative-link-broken": ('<a href="#m1">, and <p id="m1">', '<a href="#m1">, and nothing with that id'),
    "narrative-malformed": ("<div><p>high</p></div>", "<div><p>high</div>"),
    "narrative-namespace": ('<div xmlns="http://www.w3.org/1999/xhtml">', "<div>"),
    "narrative-root": ('"div": "<div …>high</div>"', '"div": "<p>high</p>"'),
    "primitive-control-character": ('"text": "two\\nlines"', '"text": "two\\u0007lines"'),
    "primitive-decimal-range": ('"value": 7.2', '"value": 7.2000000000000001776356839'),
    "primitive-empty": ('leave "family" out', '"family": ""'),
    "primitive-html": ('"text": "three times a day"', '"text": "<b>three</b> times a day"'),
    "primitive-max-length": ("a text no longer than maxLength", "a longer one"),
    "primitive-white-space": ('"family": "Other"', '"family": "Other "'),
    "primitive-year": ('"birthDate": "1971-02-28"', '"birthDate": "0971-02-28"'),
    "questionnaire-answer-option": ("one of the answerOption of the question", "any other value"),
    "questionnaire-response-link-id-unknown": ('"linkId": "1.1"  (as in the Questionnaire)', '"linkId": "1-1"'),
    "questionnaire-response-required": ('{"linkId": "1", "answer": [{"valueBoolean": true}]}', '{"linkId": "1"}'),
    "reference-ambiguous": ("one entry with that fullUrl", "two entries with that fullUrl"),
    "reference-full-url-mismatch": (
        '"reference": "urn:uuid:1b…"  (the fullUrl of the entry)',
        '"reference": "Patient/12"  (where the fullUrl of that Patient is "urn:uuid:1b…")',
    ),
    "reference-type-unknown": ('"type": "Patient"', '"type": "patient"'),
    "reference-urn-missing": (
        '"reference": "urn:uuid:1b…", and an entry with that fullUrl',
        '"reference": "urn:uuid:1b…", and no entry with that fullUrl',
    ),
    "slice-closed": ("an item with the code of one of the slices", "an item with another code"),
    "slice-maximum": (
        "one extension with the url of EthnicCategory",
        "two extensions with the url of EthnicCategory  (where the slice has max 1)",
    ),
    "slice-minimum": (
        "a blood pressure with components of the codes 8480-6 (systolic) and 8462-4 (diastolic)",
        "a blood pressure with a component of the code 8480-6 alone",
    ),
    "slice-several": ("an item that meets one slice", "an item with the codes of two slices"),
    "structure-definition-unknown": (
        '"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]',
        '"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCorePatient"]',
    ),
    "structure-definition-version": ('"profile": ["…/UKCore-Patient"]', '"profile": ["…/UKCore-Patient|9.9.9"]'),
    "structure-definition-type": (
        'a Patient with "profile": ["…/UKCore-Patient"]',
        'a Patient with "profile": ["…/UKCore-Observation"]',
    ),
    "value-fixed": ('"unit": "degree Celsius"  (where that is fixed)', '"unit": "C"'),
    "value-pattern": (
        f'"coding": [{{{_LOINC}, "code": "8867-4", "display": "Heart rate"}}]',
        f'"coding": [{{{_SCT}, "code": "364075005"}}]  (where LOINC 8867-4 is asked)',
    ),
}
"""Right and wrong, by rule id."""
