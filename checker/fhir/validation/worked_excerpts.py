"""Excerpts, right and wrong, of the rules that are met less often. The tests judge each of them in its surroundings."""

from __future__ import annotations

WORKED: dict[str, tuple[str, str]] = {
    "bundle-link-duplicate": (
        '"link": [{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Patient?name=t"}]',
        '"link": [{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Patient?name=t"}, '
        '{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Patient?name=u"}]',
    ),
    "bundle-link-prohibited": (
        '"link": [{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Bundle/1"}]',
        '"link": [{"relation": "next", "url": "https://ehr.example.nhs.uk/fhir/Bundle/1?page=2"}]',
    ),
    "bundle-request-if-none-exist": (
        '"resource": {"resourceType": "Patient", "active": true}, "request": {"method": "POST", "url": '
        '"Patient", "ifNoneExist": "identifier=9990000018"}',
        '"resource": {"resourceType": "Patient", "id": "1", "active": true}, "request": {"method": '
        '"PUT", "url": "Patient/1", "ifNoneExist": "identifier=9990000018"}',
    ),
    "bundle-request-prohibited": (
        '"type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/1"}}]',
        '"type": "collection", "entry": [{"request": {"method": "GET", "url": "Patient/1"}}]',
    ),
    "bundle-request-resource-missing": (
        '"resource": {"resourceType": "Patient", "active": true}, "request": {"method": "POST", "url": "Patient"}',
        '"request": {"method": "POST", "url": "Patient"}',
    ),
    "bundle-request-resource-unwanted": (
        '"request": {"method": "DELETE", "url": "Patient/1"}',
        '"resource": {"resourceType": "Patient", "id": "1"}, "request": {"method": "DELETE", "url": "Patient/1"}',
    ),
    "bundle-response-missing": (
        '{"response": {"status": "204"}}',
        '{"resource": {"resourceType": "Patient", "id": "1"}}',
    ),
    "bundle-response-prohibited": (
        '"type": "batch-response", "entry": [{"response": {"status": "204"}}]',
        '"type": "collection", "entry": [{"response": {"status": "204"}}]',
    ),
    "bundle-search-id-missing": (
        '{"resource": {"resourceType": "Patient", "id": "1"}, "search": {"mode": "match"}}',
        '{"resource": {"resourceType": "Patient", "active": true}, "search": {"mode": "match"}}',
    ),
    "bundle-search-outcome-type": (
        '{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": '
        '"not-supported"}]}, "search": {"mode": "outcome"}}',
        '{"resource": {"resourceType": "Patient", "id": "1"}, "search": {"mode": "outcome"}}',
    ),
    "bundle-search-prohibited": (
        '"type": "searchset", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}, "search": '
        '{"mode": "match"}}]',
        '"type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}, "search": '
        '{"mode": "match"}}]',
    ),
    "bundle-search-resource-missing": (
        '{"resource": {"resourceType": "Patient", "id": "1"}, "search": {"mode": "match"}}',
        '{"fullUrl": "https://ehr.example.nhs.uk/fhir/Patient/1", "search": {"mode": "match"}}',
    ),
    "bundle-search-self-missing": (
        '"link": [{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Patient?name=t"}]',
        '"link": [{"relation": "next", "url": "https://ehr.example.nhs.uk/fhir/Patient?page=2"}]',
    ),
    "bundle-search-self-unclear": (
        '{"relation": "self", "url": "https://ehr.example.nhs.uk/fhir/Patient?name=t"}',
        '{"relation": "self", "url": "https://ehr.example.nhs.uk/search/1"}',
    ),
    "bundle-search-type": (
        '{"resource": {"resourceType": "Patient", "id": "1"}, "search": {"mode": "match"}}',
        '{"resource": {"resourceType": "Group", "id": "1", "type": "person", "actual": true}, "search": '
        '{"mode": "match"}}',
    ),
    "bundle-total-prohibited": (
        '"type": "searchset", "total": 0',
        '"type": "collection", "total": 0',
    ),
    "code-system-content": (
        '"content": "complete", "concept": [{"code": "a", "display": "A"}]',
        '"content": "not-present", "concept": [{"code": "a", "display": "A"}]',
    ),
    "code-system-count": (
        '"content": "complete", "count": 1, "concept": [{"code": "a", "display": "A"}]',
        '"content": "complete", "count": 2, "concept": [{"code": "a", "display": "A"}]',
    ),
    "code-system-property-repeated": (
        '"content": "complete", "property": [{"code": "x", "type": "code"}, {"code": "y", "type": "code"}]',
        '"content": "complete", "property": [{"code": "x", "type": "code"}, {"code": "x", "type": "code"}]',
    ),
    "code-system-property-type": (
        '"content": "complete", "property": [{"code": "rank", "type": "integer"}], "concept": [{"code": '
        '"a", "property": [{"code": "rank", "valueInteger": 1}]}]',
        '"content": "complete", "property": [{"code": "rank", "type": "integer"}], "concept": [{"code": '
        '"a", "property": [{"code": "rank", "valueString": "1"}]}]',
    ),
    "code-system-property-uri": (
        '"content": "complete", "property": [{"code": "parent", "uri": '
        '"http://hl7.org/fhir/concept-properties#parent", "type": "code"}]',
        '"content": "complete", "property": [{"code": "parent", "uri": '
        '"http://hl7.org/fhir/concept-properties#above", "type": "code"}]',
    ),
    "code-system-supplement-code": (
        '"content": "supplement", "supplements": "http://hl7.org/fhir/administrative-gender", "concept": '
        '[{"code": "male", "designation": [{"language": "cy", "value": "gwryw"}]}]',
        '"content": "supplement", "supplements": "http://hl7.org/fhir/administrative-gender", "concept": '
        '[{"code": "man", "designation": [{"language": "cy", "value": "gwryw"}]}]',
    ),
    "code-system-supplement-unknown": (
        '"content": "supplement", "supplements": "http://hl7.org/fhir/administrative-gender", "concept": '
        '[{"code": "male"}]',
        '"content": "supplement", "supplements": "https://supplier.example/none", "concept": [{"code": "male"}]',
    ),
    "coding-absent": (
        '"gender": "unknown"',
        '"_gender": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", '
        '"valueCode": "unknown"}]}',
    ),
    "coding-not-in-maximum-value-set": (
        '"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en-GB"}]}',
        '"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en_GB"}]}',
    ),
    "coding-unit-annotation": (
        '"valueQuantity": {"value": 2, "unit": "tablet", "system": "http://unitsofmeasure.org", "code": "1"}',
        '"valueQuantity": {"value": 2, "unit": "tablet", "system": "http://unitsofmeasure.org", "code": "{tablet}"}',
    ),
    "concept-map-code": (
        '"group": [{"source": "http://hl7.org/fhir/administrative-gender", "target": '
        '"https://supplier.example/sex", "element": [{"code": "male", "target": [{"code": "m", '
        '"equivalence": "equal"}]}]}]',
        '"group": [{"source": "http://hl7.org/fhir/administrative-gender", "target": '
        '"https://supplier.example/sex", "element": [{"code": "M", "target": [{"code": "m", '
        '"equivalence": "equal"}]}]}]',
    ),
    "concept-map-no-system": (
        '"group": [{"source": "https://supplier.example/a", "target": "https://supplier.example/sex", '
        '"element": [{"code": "male", "target": [{"code": "m", "equivalence": "equal"}]}]}]',
        '"group": [{"source": "https://supplier.example/a", "element": [{"code": "male", "target": '
        '[{"code": "m", "equivalence": "equal"}]}]}]',
    ),
    "concept-map-repeated": (
        '"group": [{"source": "https://supplier.example/a", "target": "https://supplier.example/b", '
        '"element": [{"code": "x", "target": [{"code": "m", "equivalence": "wider"}, {"code": "n", '
        '"equivalence": "wider"}]}]}]',
        '"group": [{"source": "https://supplier.example/a", "target": "https://supplier.example/b", '
        '"element": [{"code": "x", "target": [{"code": "m", "equivalence": "wider"}, {"code": "m", '
        '"equivalence": "equal"}]}]}]',
    ),
    "contained-id-duplicate": (
        '"generalPractitioner": [{"reference": "#a"}, {"reference": "#b"}], "contained": '
        '[{"resourceType": "Organization", "id": "a", "name": "A"}, {"resourceType": "Organization", '
        '"id": "b", "name": "B"}]',
        '"generalPractitioner": [{"reference": "#a"}], "contained": [{"resourceType": "Organization", '
        '"id": "a", "name": "A"}, {"resourceType": "Organization", "id": "a", "name": "B"}]',
    ),
    "contained-meta-security": (
        '{"resourceType": "Organization", "id": "o", "name": "A"}',
        '{"resourceType": "Organization", "id": "o", "name": "A", "meta": {"security": [{"system": '
        '"http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}',
    ),
    "contained-meta-version": (
        '{"resourceType": "Organization", "id": "o", "name": "A"}',
        '{"resourceType": "Organization", "id": "o", "name": "A", "meta": {"versionId": "2"}}',
    ),
    "differential-binding": (
        '{"id": "Patient.gender", "path": "Patient.gender", "binding": {"strength": "required", '
        '"valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender"}}',
        '{"id": "Patient.gender", "path": "Patient.gender", "binding": {"strength": "preferred", '
        '"valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender"}}',
    ),
    "differential-order": (
        '{"id": "Patient.name", "path": "Patient.name", "min": 1}, {"id": "Patient.gender", "path": '
        '"Patient.gender", "min": 1}',
        '{"id": "Patient.gender", "path": "Patient.gender", "min": 1}, {"id": "Patient.name", "path": '
        '"Patient.name", "min": 1}',
    ),
    "differential-slicing-missing": (
        '{"id": "Patient.name", "path": "Patient.name", "slicing": {"discriminator": [{"type": "value", '
        '"path": "use"}], "rules": "open"}}, {"id": "Patient.name:official", "path": "Patient.name", '
        '"sliceName": "official"}',
        '{"id": "Patient.name:official", "path": "Patient.name", "sliceName": "official"}',
    ),
    "differential-type": (
        '{"id": "Observation.value[x]", "path": "Observation.value[x]", "type": [{"code": "Quantity"}]}',
        '{"id": "Observation.value[x]", "path": "Observation.value[x]", "type": [{"code": "Address"}]}',
    ),
    "element-definition-cardinality": (
        '{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1, "max": "1"}',
        '{"id": "Patient.birthDate", "path": "Patient.birthDate", "max": "2"}',
    ),
    "element-definition-invariant": (
        '{"id": "Patient.name", "path": "Patient.name", "constraint": [{"key": "own-1", "severity": '
        '"error", "human": "a family name", "expression": "family.exists()"}]}',
        '{"id": "Patient.name", "path": "Patient.name", "constraint": [{"key": "own-1", "severity": '
        '"error", "human": "a family name", "expression": "family.exists("}]}',
    ),
    "element-definition-invariant-incomplete": (
        '{"id": "Patient.name", "path": "Patient.name", "constraint": [{"key": "own-1", "severity": '
        '"error", "human": "a family name", "expression": "family.exists()"}]}',
        '{"id": "Patient.name", "path": "Patient.name", "constraint": [{"key": "own-1", "severity": '
        '"error", "human": "a family name"}]}',
    ),
    "element-definition-meaning": (
        '{"id": "Patient.active", "path": "Patient.active", "min": 1}',
        '{"id": "Patient.active", "path": "Patient.active", "meaningWhenMissing": "active"}',
    ),
    "element-definition-path": (
        '{"id": "Patient.name", "path": "Patient.name", "min": 1}',
        '{"id": "Person.name", "path": "Person.name", "min": 1}',
    ),
    "element-definition-pattern-discriminator": (
        '{"id": "Patient.name", "path": "Patient.name", "slicing": {"discriminator": [{"type": "value", '
        '"path": "use"}], "rules": "open"}}',
        '{"id": "Patient.name", "path": "Patient.name", "slicing": {"discriminator": [{"type": '
        '"pattern", "path": "use"}], "rules": "open"}}',
    ),
    "element-definition-structure": (
        '{"id": "Patient.managingOrganization", "path": "Patient.managingOrganization", "type": '
        '[{"code": "Reference", "targetProfile": '
        '["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization"]}]}',
        '{"id": "Patient.managingOrganization", "path": "Patient.managingOrganization", "type": '
        '[{"code": "Reference", "profile": '
        '["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization"]}]}',
    ),
    "element-definition-structure-unknown": (
        '{"id": "Patient.managingOrganization", "path": "Patient.managingOrganization", "type": '
        '[{"code": "Reference", "targetProfile": '
        '["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization"]}]}',
        '{"id": "Patient.managingOrganization", "path": "Patient.managingOrganization", "type": '
        '[{"code": "Reference", "targetProfile": ["https://supplier.example/StructureDefinition/None"]}]}',
    ),
    "extension-definition-status": (
        '"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", '
        '"valueAddress": {"city": "Leeds"}}]',
        '"extension": [{"url": '
        '"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication", "extension": '
        '[{"url": "interpreterRequired", "valueBoolean": true}]}]',
    ),
    "extension-modifier-place": (
        '"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", '
        '"valueAddress": {"city": "Leeds"}}]',
        '"modifierExtension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", '
        '"valueAddress": {"city": "Leeds"}}]',
    ),
    "extension-part-unknown": (
        '{"url": "code", "valueCodeableConcept": {"text": "British"}}',
        '{"url": "country", "valueCodeableConcept": {"text": "British"}}',
    ),
    "json-lone-surrogate": (
        '"family": "Test \\ud83d\\ude00"',
        '"family": "Test \\ud83d"',
    ),
    "json-number-range": (
        '"valueQuantity": {"value": 1e3}',
        '"valueQuantity": {"value": 1e999999999999}',
    ),
    "measure-report-no-measure": (
        '{"resourceType": "MeasureReport", "status": "complete", "type": "summary", "period": {"start": '
        '"2026"}, "measure": "https://supplier.example/Measure/m"}',
        '{"resourceType": "MeasureReport", "status": "complete", "type": "summary", "period": {"start": "2026"}}',
    ),
    "meta-repeated": (
        '"meta": {"tag": [{"system": "https://supplier.example/tags", "code": "a"}, {"system": '
        '"https://supplier.example/tags", "code": "b"}]}',
        '"meta": {"tag": [{"system": "https://supplier.example/tags", "code": "a"}, {"system": '
        '"https://supplier.example/tags", "code": "a"}]}',
    ),
    "narrative-id-repeated": (
        "<p id='a'>x</p><p id='b'>y</p>",
        "<p id='a'>x</p><p id='a'>y</p>",
    ),
    "narrative-processing-instruction": (
        "<p>x</p>",
        "<?php x ?><p>x</p>",
    ),
    "narrative-structure": (
        "<ul><li>x</li></ul>",
        "<p>x<ul><li>y</li></ul></p>",
    ),
    "narrative-url": (
        "<a href='https://supplier.example/'>x</a>",
        "<a href='https://supplier.example/a b'>x</a>",
    ),
    "narrative-white-space": (
        "<p>x</p>",
        "<p xml:space='preserve'>x</p>",
    ),
    "observation-no-performer": (
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "performer": '
        '[{"reference": "Practitioner/1"}]}',
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}',
    ),
    "observation-no-subject": (
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": '
        '{"reference": "Patient/1"}}',
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}',
    ),
    "observation-no-time": (
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "effectiveDateTime": "2026-03-01"}',
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}',
    ),
    "primitive-base64-white-space": (
        '"data": "YWJjZGVm"',
        '"data": "YWJj ZGVm"',
    ),
    "primitive-direction-control": (
        '"family": "\\u202aTest\\u202c"',
        '"family": "\\u202aTest"',
    ),
    "questionnaire-answer-bound": (
        '{"linkId": "1", "answer": [{"valueInteger": 12}]}',
        '{"linkId": "1", "answer": [{"valueInteger": 9}]}',
    ),
    "questionnaire-answer-decimals": (
        '{"linkId": "1", "answer": [{"valueDecimal": 1.5}]}',
        '{"linkId": "1", "answer": [{"valueDecimal": 1.55}]}',
    ),
    "questionnaire-answer-exclusive": (
        '{"linkId": "1", "answer": [{"valueCoding": {"code": "none"}}]}',
        '{"linkId": "1", "answer": [{"valueCoding": {"code": "a"}}, {"valueCoding": {"code": "none"}}]}',
    ),
    "questionnaire-answer-free-text": (
        '{"linkId": "1", "answer": [{"valueCoding": {"code": "a", "display": "Aspirin"}}]}',
        '{"linkId": "1", "answer": [{"valueString": "Aspirin"}]}',
    ),
    "questionnaire-answer-length": (
        '{"linkId": "1", "answer": [{"valueString": "abc"}]}',
        '{"linkId": "1", "answer": [{"valueString": "abcd"}]}',
    ),
    "questionnaire-answer-lines": (
        '{"linkId": "1", "answer": [{"valueString": "one line"}]}',
        '{"linkId": "1", "answer": [{"valueString": "two\\nlines"}]}',
    ),
    "questionnaire-answer-media-type": (
        '{"linkId": "1", "answer": [{"valueAttachment": {"contentType": "application/pdf", "data": "YWJj"}}]}',
        '{"linkId": "1", "answer": [{"valueAttachment": {"contentType": "image/png", "data": "YWJj"}}]}',
    ),
    "questionnaire-answer-pattern": (
        '{"linkId": "1", "answer": [{"valueString": "123"}]}',
        '{"linkId": "1", "answer": [{"valueString": "12a"}]}',
    ),
    "questionnaire-answer-resource": (
        '{"linkId": "1", "answer": [{"valueReference": {"reference": "Patient/1"}}]}',
        '{"linkId": "1", "answer": [{"valueReference": {"reference": "Group/1"}}]}',
    ),
    "questionnaire-answer-size": (
        '{"linkId": "1", "answer": [{"valueAttachment": {"contentType": "text/plain", "data": "YQ=="}}]}',
        '{"linkId": "1", "answer": [{"valueAttachment": {"contentType": "text/plain", "data": '
        '"YWJjZGVmYWJjZGVmYWJjZGVm"}}]}',
    ),
    "questionnaire-answer-unit": (
        '{"linkId": "1", "answer": [{"valueQuantity": {"value": 70, "system": '
        '"http://unitsofmeasure.org", "code": "kg"}}]}',
        '{"linkId": "1", "answer": [{"valueQuantity": {"value": 70, "system": '
        '"http://unitsofmeasure.org", "code": "[lb_av]"}}]}',
    ),
    "questionnaire-answer-value-set": (
        '{"linkId": "1", "answer": [{"valueCoding": {"system": '
        '"http://hl7.org/fhir/administrative-gender", "code": "male"}}]}',
        '{"linkId": "1", "answer": [{"valueCoding": {"system": '
        '"http://hl7.org/fhir/administrative-gender", "code": "M"}}]}',
    ),
    "questionnaire-answer-value-set-unknown": (
        "http://hl7.org/fhir/ValueSet/administrative-gender",
        "https://supplier.example/ValueSet/none",
    ),
    "questionnaire-condition-order": (
        '{"linkId": "1", "type": "boolean"}, {"linkId": "2", "type": "string", "enableWhen": '
        '[{"question": "1", "operator": "=", "answerBoolean": true}]}',
        '{"linkId": "2", "type": "string", "enableWhen": [{"question": "1", "operator": "=", '
        '"answerBoolean": true}]}, {"linkId": "1", "type": "boolean"}',
    ),
    "questionnaire-condition-target": (
        '{"linkId": "1", "type": "boolean"}, {"linkId": "2", "type": "string", "enableWhen": '
        '[{"question": "1", "operator": "=", "answerBoolean": true}]}',
        '{"linkId": "1", "type": "boolean"}, {"linkId": "2", "type": "string", "enableWhen": '
        '[{"question": "3", "operator": "=", "answerBoolean": true}]}',
    ),
    "questionnaire-response-answer-repeats": (
        '{"linkId": "1", "answer": [{"valueInteger": 1}]}',
        '{"linkId": "1", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}',
    ),
    "questionnaire-response-display-answer": (
        '{"linkId": "1"}',
        '{"linkId": "1", "answer": [{"valueString": "read"}]}',
    ),
    "questionnaire-response-group-answer": (
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]}',
        '{"linkId": "1", "answer": [{"valueString": "a"}]}',
    ),
    "questionnaire-response-group-required": (
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]}',
        '{"linkId": "1"}',
    ),
    "questionnaire-response-item-misplaced": (
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]}',
        '{"linkId": "1.1", "answer": [{"valueString": "a"}]}',
    ),
    "questionnaire-response-item-order": (
        '{"linkId": "1", "answer": [{"valueString": "a"}]}, {"linkId": "2", "answer": [{"valueString": "b"}]}',
        '{"linkId": "2", "answer": [{"valueString": "b"}]}, {"linkId": "1", "answer": [{"valueString": "a"}]}',
    ),
    "questionnaire-response-item-repeats": (
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]}',
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]}, {"linkId": "1", '
        '"item": [{"linkId": "1.1", "answer": [{"valueString": "b"}]}]}',
    ),
    "questionnaire-response-link-id-missing": (
        '{"linkId": "1", "answer": [{"valueString": "a"}]}',
        '{"answer": [{"valueString": "a"}]}',
    ),
    "questionnaire-response-no-questionnaire": (
        '{"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": '
        '"https://supplier.example/Questionnaire/q"}',
        '{"resourceType": "QuestionnaireResponse", "status": "completed"}',
    ),
    "questionnaire-response-not-enabled": (
        '{"linkId": "1", "answer": [{"valueBoolean": true}]}, {"linkId": "2", "answer": [{"valueString": "b"}]}',
        '{"linkId": "1", "answer": [{"valueBoolean": false}]}, {"linkId": "2", "answer": [{"valueString": "b"}]}',
    ),
    "questionnaire-response-occurs": (
        '{"linkId": "1", "answer": [{"valueString": "a"}]}',
        '{"linkId": "1", "answer": [{"valueString": "a"}, {"valueString": "b"}]}',
    ),
    "questionnaire-response-question-items": (
        '{"linkId": "1", "answer": [{"valueString": "a", "item": [{"linkId": "1.1", "answer": '
        '[{"valueString": "b"}]}]}]}',
        '{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "b"}]}], "answer": '
        '[{"valueString": "a"}]}',
    ),
    "questionnaire-response-questionnaire-unknown": (
        '"questionnaire": "#q", "contained": [{"resourceType": "Questionnaire", "id": "q", "status": "active"}]',
        '"questionnaire": "https://supplier.example/Questionnaire/none"',
    ),
    "questionnaire-response-text": (
        '{"linkId": "1", "text": "x", "answer": [{"valueString": "a"}]}',
        '{"linkId": "1", "text": "another question", "answer": [{"valueString": "a"}]}',
    ),
    "reference-canonical-type": (
        '"questionnaire": "#q", "contained": [{"resourceType": "Questionnaire", "id": "q", "status": "active"}]',
        '"questionnaire": "http://hl7.org/fhir/ValueSet/administrative-gender"',
    ),
    "sampled-data-point": (
        '"valueSampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "1 2 E"}',
        '"valueSampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "1 2 x"}',
    ),
    "search-parameter-components": (
        '"type": "string", "expression": "Patient.name"',
        '"type": "composite", "expression": "Patient", "component": [{"definition": '
        '"http://hl7.org/fhir/SearchParameter/Patient-name", "expression": "name"}]',
    ),
    "search-parameter-expression": (
        '"expression": "Patient.name.family"',
        '"expression": "Patient.name.surname"',
    ),
    "structure-definition-base-unknown": (
        '"baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient"',
        '"baseDefinition": "https://supplier.example/StructureDefinition/none"',
    ),
    "value-set-code": (
        '"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "male"}]',
        '"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "M"}]',
    ),
    "value-set-import-unknown": (
        '"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender"]',
        '"valueSet": ["https://supplier.example/ValueSet/none"]',
    ),
    "value-set-no-system": (
        '"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "male"}]',
        '"concept": [{"code": "male"}]',
    ),
    "value-set-several-imports": (
        '"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender"]',
        '"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender", "http://hl7.org/fhir/ValueSet/name-use"]',
    ),
    "value-set-system": (
        '"system": "http://hl7.org/fhir/administrative-gender"',
        '"system": "http://hl7.org/fhir/ValueSet/administrative-gender"',
    ),
    "value-set-system-version": (
        '"system": "http://hl7.org/fhir/administrative-gender", "version": "4.0.1"',
        '"system": "http://hl7.org/fhir/administrative-gender|4.0.1"',
    ),
    "xml-cdata": (
        '<active value="true"/>',
        '<active value="true"/><![CDATA[text]]>',
    ),
    "xml-doctype": (
        '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
        '<!DOCTYPE Patient><Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
    ),
    "xml-processing-instruction": (
        '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
        '<?xml-stylesheet href="a.xsl"?><Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
    ),
}
"""Right and wrong, by rule id."""
