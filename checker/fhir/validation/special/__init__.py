"""Rules that HL7's validator states beyond the StructureDefinitions, one module per resource type or datatype.

Each module has ``check(run, node) -> None``. The tables name the modules; the walk imports one when it meets the
type for the first time.
"""

from __future__ import annotations

_HERE = "checker.fhir.validation.special."

SPECIALS: dict[str, str] = {
    "CapabilityStatement": _HERE + "capability_statement",
    "CodeSystem": _HERE + "code_system",
    "ConceptMap": _HERE + "concept_map",
    "ImplementationGuide": _HERE + "implementation_guide",
    "Measure": _HERE + "measure",
    "MeasureReport": _HERE + "measure_report",
    "Observation": _HERE + "observation",
    "OperationDefinition": _HERE + "operation_definition",
    "Parameters": _HERE + "parameters",
    "Questionnaire": _HERE + "questionnaire",
    "QuestionnaireResponse": _HERE + "questionnaire_response",
    "SearchParameter": _HERE + "search_parameter",
    "StructureDefinition": _HERE + "structure_definition",
    "ValueSet": _HERE + "value_set",
}
"""Dotted module by resource type."""

DATATYPES: dict[str, str] = {
    "Attachment": _HERE + "attachment",
    "Identifier": _HERE + "identifier",
    "Meta": _HERE + "meta",
    "Narrative": _HERE + "narrative",
    "SampledData": _HERE + "sampled_data",
}
"""Dotted module by datatype."""
