"""Snapshots from differentials: each rule of profiling once as it should be, and what is wrong is told, not raised."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from checker.fhir.definitions.snapshot import SnapshotGenerator
from checker.fhir.definitions.store import Definitions, embedded
from tests.fhir.definitions import compare_core
from tests.fhir.definitions.sample import HERE, R4, definition, element, extension, sliced, typed
from tests.fhir.published import needs_core


@cache
def _core() -> Definitions:
    return Definitions(embedded=embedded(uk_core=False))


def _generated(
    *definitions: dict[str, Any], wanted: int = -1, **options: Any
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The elements by id of the last definition (or the one wanted), and the texts of the problems."""
    own = {one["url"]: one for one in definitions}
    core = _core()

    def resolve(canonical: str) -> dict[str, Any] | None:
        return own.get(canonical) or core.raw(canonical, "StructureDefinition")

    generator = SnapshotGenerator(resolve, **options)
    elements = generator.elements(definitions[wanted])
    return {one["id"]: one for one in elements or []}, [problem.message for problem in generator.problems]


@needs_core
def test_the_published_snapshots_of_core_come_out_of_its_differentials() -> None:
    unexplained = [one for one, reason in compare_core.compared() if not reason]
    assert unexplained == []


def test_what_is_not_mentioned_is_inherited() -> None:
    patient, problems = _generated(definition("P", "Patient", element("Patient.name", min=1, mustSupport=True)))
    assert problems == []
    assert patient["Patient.name"]["min"] == 1
    assert patient["Patient.name"]["max"] == "*"
    assert patient["Patient.name"]["mustSupport"] is True
    assert patient["Patient.name"]["base"] == {"path": "Patient.name", "min": 0, "max": "*"}
    assert (
        patient["Patient.gender"]["binding"]["valueSet"] == "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"
    )
    assert patient["Patient.text"]["base"]["path"] == "DomainResource.text"
    assert patient["Patient.link"]["isModifier"] is True
    assert {one["key"] for one in patient["Patient"]["constraint"]} >= {"dom-2", "dom-6"}


def test_constraints_accumulate_with_their_source() -> None:
    own = {"key": "own-1", "severity": "error", "human": "A name.", "expression": "name.exists()"}
    patient, _ = _generated(definition("P", "Patient", element("Patient", constraint=[own])))
    sources = {one["key"]: one["source"] for one in patient["Patient"]["constraint"]}
    assert sources["own-1"] == HERE + "P"
    assert sources["dom-2"] == R4 + "DomainResource"


def test_a_constraint_of_the_base_cannot_be_redefined() -> None:
    other = {"key": "pat-1", "severity": "error", "human": "Other.", "expression": "true"}
    patient, problems = _generated(definition("P", "Patient", element("Patient.contact", constraint=[other])))
    kept = [one for one in patient["Patient.contact"]["constraint"] if one["key"] == "pat-1"]
    assert [one["expression"] for one in kept] != ["true"]
    assert problems == ["constraint 'pat-1' of the base is kept, the one that redefines it is not used"]


def test_going_below_a_type_unfolds_it() -> None:
    patient, _ = _generated(definition("P", "Patient", element("Patient.contact.name.family", min=1)))
    assert patient["Patient.contact.name.family"]["min"] == 1
    assert patient["Patient.contact.name.given"]["base"]["path"] == "HumanName.given"
    assert "Patient.name.family" not in patient


def test_a_new_slice_starts_from_the_element_and_may_be_missing() -> None:
    patient, problems = _generated(
        definition(
            "P",
            "Patient",
            element("Patient.identifier", min=1, **sliced("system")),
            element("Patient.identifier:nhs", max="1"),
            element("Patient.identifier:nhs.system", min=1, fixedUri="https://fhir.nhs.uk/Id/nhs-number"),
        )
    )
    assert problems == []
    assert patient["Patient.identifier"]["slicing"]["discriminator"] == [{"type": "value", "path": "system"}]
    assert (patient["Patient.identifier"]["min"], patient["Patient.identifier:nhs"]["min"]) == (1, 0)
    assert patient["Patient.identifier:nhs"]["max"] == "1"
    assert "slicing" not in patient["Patient.identifier:nhs"]
    assert patient["Patient.identifier:nhs.system"]["fixedUri"] == "https://fhir.nhs.uk/Id/nhs-number"
    assert patient["Patient.identifier:nhs.system"]["path"] == "Patient.identifier.system"
    assert "Patient.identifier.system" not in patient


def test_what_is_said_of_all_slices_is_said_of_each() -> None:
    patient, _ = _generated(
        definition(
            "P",
            "Patient",
            element("Patient.identifier", **sliced("system")),
            element("Patient.identifier.value", min=1),
            element("Patient.identifier:nhs", max="1"),
            element("Patient.identifier:nhs.system", fixedUri="https://fhir.nhs.uk/Id/nhs-number"),
        )
    )
    assert patient["Patient.identifier.value"]["min"] == 1
    assert patient["Patient.identifier:nhs.value"]["min"] == 1


def test_slices_of_the_base_are_constrained_and_joined_by_new_ones_and_reslices() -> None:
    base = definition(
        "Base",
        "Patient",
        element("Patient.identifier", **sliced("system")),
        element("Patient.identifier:nhs", max="1"),
        element("Patient.identifier:nhs.system", min=1, fixedUri="https://fhir.nhs.uk/Id/nhs-number"),
        element("Patient.identifier:local", max="5"),
    )
    patient, problems = _generated(
        base,
        definition(
            "P",
            "Patient",
            element("Patient.identifier:local", **sliced("type")),
            element("Patient.identifier:local/ward", max="2"),
            element("Patient.identifier:nhs", min=1),
            element("Patient.identifier:more", max="1"),
            base=HERE + "Base",
        ),
    )
    assert problems == []
    names = [one["sliceName"] for one in patient.values() if one["path"] == "Patient.identifier" and "sliceName" in one]
    assert names == ["nhs", "local", "local/ward", "more"]
    assert patient["Patient.identifier:nhs"]["min"] == 1
    assert patient["Patient.identifier:nhs.system"]["min"] == 1
    assert patient["Patient.identifier:local/ward"]["max"] == "2"
    assert patient["Patient.identifier:local"]["slicing"]["discriminator"] == [{"type": "value", "path": "type"}]
    assert "slicing" not in patient["Patient.identifier:local/ward"]


def test_a_closed_slicing_is_not_extended_silently() -> None:
    base = definition(
        "Base",
        "Patient",
        element("Patient.telecom", **sliced("system", rules="closed")),
        element("Patient.telecom:phone", max="1"),
    )
    more = definition("P", "Patient", element("Patient.telecom:fax", max="1"), base=HERE + "Base")
    _, problems = _generated(base, more)
    assert problems == ["slices are added to a slicing that the base has closed"]


def test_slices_without_a_slicing_are_told() -> None:
    patient, problems = _generated(definition("P", "Patient", element("Patient.name:official", min=1)))
    assert problems == ["has slices, but nothing says how they are told apart"]
    assert patient["Patient.name:official"]["min"] == 1


def test_extensions_are_sliced_by_url_and_bring_their_cardinality() -> None:
    patient, problems = _generated(
        extension("One"),
        extension("Many", most="*"),
        definition(
            "P",
            "Patient",
            element("Patient.extension:one", **typed("Extension", HERE + "One")),
            element("Patient.extension:many", min=1, **typed("Extension", HERE + "Many")),
            element("Patient.birthDate.extension:one", max="1", **typed("Extension", HERE + "One")),
        ),
    )
    assert problems == []
    assert patient["Patient.extension"]["slicing"]["discriminator"] == [{"type": "value", "path": "url"}]
    assert (patient["Patient.extension:one"]["min"], patient["Patient.extension:one"]["max"]) == (0, "1")
    assert (patient["Patient.extension:many"]["min"], patient["Patient.extension:many"]["max"]) == (1, "*")
    assert patient["Patient.birthDate.extension:one"]["type"][0]["profile"] == [HERE + "One"]
    assert patient["Patient.birthDate.value"]["path"] == "Patient.birthDate.value"


def test_going_below_an_extension_unfolds_its_definition() -> None:
    patient, problems = _generated(
        extension("One"),
        definition(
            "P",
            "Patient",
            element("Patient.extension:one", **typed("Extension", HERE + "One")),
            element("Patient.extension:one.value[x]", maxLength=5),
        ),
    )
    assert problems == []
    assert patient["Patient.extension:one.url"]["fixedUri"] == HERE + "One"
    assert patient["Patient.extension:one.value[x]"]["type"] == [{"code": "string"}]
    assert patient["Patient.extension:one.value[x]"]["maxLength"] == 5


def test_an_unknown_extension_is_told_and_the_slice_stands() -> None:
    slice_ = element("Patient.extension:x", max="1", **typed("Extension", HERE + "Nowhere"))
    patient, problems = _generated(definition("P", "Patient", slice_))
    assert problems == [f"{HERE}Nowhere is not known or cannot be used"]
    assert patient["Patient.extension:x"]["max"] == "1"


def test_a_choice_named_by_its_type_is_a_slice_and_forbids_the_others() -> None:
    observation, problems = _generated(definition("O", "Observation", element("Observation.valueQuantity.code", min=1)))
    assert problems == []
    head = observation["Observation.value[x]"]
    assert head["type"] == [{"code": "Quantity"}]
    assert head["slicing"]["discriminator"] == [{"type": "type", "path": "$this"}]
    assert head["slicing"]["rules"] == "closed"
    assert observation["Observation.value[x]:valueQuantity"]["sliceName"] == "valueQuantity"
    assert observation["Observation.value[x]:valueQuantity.code"]["min"] == 1


def test_a_choice_named_by_its_type_may_leave_the_others() -> None:
    words = element("Observation.valueQuantity.code", min=1)
    observation, _ = _generated(definition("O", "Observation", words), short_cut_narrows=False)
    head = observation["Observation.value[x]"]
    assert len(head["type"]) == 11
    assert head["slicing"]["rules"] == "open"
    assert observation["Observation.value[x]:valueQuantity"]["min"] == 0


def test_a_type_slice_that_must_be_there_excludes_the_others() -> None:
    observation, _ = _generated(
        definition(
            "O",
            "Observation",
            element("Observation.value[x]", **sliced("$this", "type")),
            element("Observation.value[x]:valueQuantity", min=1, **typed("Quantity")),
        )
    )
    assert observation["Observation.value[x]"]["min"] == 1
    assert observation["Observation.value[x]"]["type"] == [{"code": "Quantity"}]


def test_a_choice_narrowed_to_one_type_can_be_gone_into() -> None:
    observation, problems = _generated(
        definition(
            "O",
            "Observation",
            element("Observation.value[x]", **typed("Quantity")),
            element("Observation.value[x].unit", min=1),
        )
    )
    assert problems == []
    assert observation["Observation.value[x].unit"]["min"] == 1


def test_a_type_that_the_choice_has_not_is_told() -> None:
    _, problems = _generated(definition("O", "Observation", element("Observation.valueAddress", min=1)))
    assert problems == ["the base does not allow this type"]


def test_a_type_brings_the_constraints_of_its_own_definition() -> None:
    own = {"key": "q-9", "severity": "error", "human": "A unit.", "expression": "unit.exists()"}
    quantity = definition("Q", "Quantity", element("Quantity", constraint=[own]), element("Quantity.value", min=1))
    observation, _ = _generated(
        quantity,
        definition(
            "O",
            "Observation",
            element("Observation.value[x]", min=1, **typed("Quantity", HERE + "Q")),
            element("Observation.value[x].unit", min=1),
        ),
    )
    value = observation["Observation.value[x]"]
    assert "q-9" in {one["key"] for one in value["constraint"]}
    assert (value["min"], value["max"]) == (1, "1")
    assert observation["Observation.value[x].value"]["min"] == 1


def test_a_content_reference_is_unfolded_where_the_differential_goes_below_it() -> None:
    questionnaire, problems = _generated(
        definition("Q", "Questionnaire", element("Questionnaire.item.item.linkId", maxLength=10))
    )
    assert problems == []
    inner = questionnaire["Questionnaire.item.item"]
    assert "contentReference" not in inner
    assert inner["type"] == [{"code": "BackboneElement"}]
    assert questionnaire["Questionnaire.item.item.linkId"]["maxLength"] == 10
    assert "maxLength" not in questionnaire["Questionnaire.item.linkId"]
    again = questionnaire["Questionnaire.item.item.item"]["contentReference"]
    assert again == R4 + "Questionnaire#Questionnaire.item"


def test_a_binding_keeps_what_the_differential_leaves_out() -> None:
    patient, _ = _generated(
        definition("P", "Patient", element("Patient.maritalStatus", binding={"strength": "required"}))
    )
    binding = patient["Patient.maritalStatus"]["binding"]
    assert binding["strength"] == "required"
    assert binding["valueSet"] == "http://hl7.org/fhir/ValueSet/marital-status"


def test_a_binding_on_what_has_no_codes_is_dropped_and_told() -> None:
    words = element("Patient.birthDate", binding={"strength": "required", "valueSet": "http://example.org/x"})
    patient, problems = _generated(definition("P", "Patient", words))
    assert "binding" not in patient["Patient.birthDate"]
    assert problems == ["the binding is not used: a value of type date has no code"]


def test_widening_is_told() -> None:
    words = element("Observation.status", min=0), element("Observation.subject", max="7")
    _, problems = _generated(definition("O", "Observation", *words))
    assert problems == ["min 0 is less than the base's 1", "max 7 is more than the base's 1"]


def test_order_and_missing_ids_do_not_matter() -> None:
    words = [
        element("Patient.name", **sliced("use")),
        element("Patient.name:official", min=1),
        element("Patient.name:official.use", min=1, fixedCode="official"),
        element("Patient.identifier", min=1),
    ]
    ordered, _ = _generated(definition("P", "Patient", *words))
    turned, _ = _generated(definition("P", "Patient", *reversed(words)))
    assert turned == ordered
    for one in words:
        del one["id"]
    without, _ = _generated(definition("P", "Patient", *words))
    assert without == ordered


def test_an_element_that_the_base_has_not_is_told() -> None:
    patient, problems = _generated(definition("P", "Patient", element("Patient.shoeSize", min=1)))
    assert problems == ["the base has no such element"]
    assert "Patient.shoeSize" not in patient


def test_a_missing_base_is_told() -> None:
    elements, problems = _generated(definition("P", "Patient", base=HERE + "Nowhere"))
    assert elements == {}
    assert problems == [f"its base is not known or cannot be used: {HERE}Nowhere"]


def test_definitions_that_are_based_on_each_other_are_told() -> None:
    one = definition("A", "Patient", base=HERE + "B")
    other = definition("B", "Patient", base=HERE + "A")
    elements, problems = _generated(one, other)
    assert elements == {}
    assert any("derived from itself" in text for text in problems)


def test_an_extension_that_contains_itself_is_generated() -> None:
    own = extension(
        "Deep",
        element("Extension.extension:again", **typed("Extension", HERE + "Deep")),
        element("Extension.value[x]", max="0"),
    )
    elements, _ = _generated(own)
    assert elements["Extension.extension:again"]["type"][0]["profile"] == [HERE + "Deep"]


def test_a_specialization_adds_elements() -> None:
    own = definition(
        "Ward",
        "Ward",
        element("Ward"),
        element("Ward.bed", min=1, max="*", **typed("BackboneElement")),
        element("Ward.bed.number", min=1, max="1", **typed("string")),
        base=R4 + "DomainResource",
        derivation="specialization",
    )
    ward, problems = _generated(own)
    assert problems == []
    below = [identity.rpartition(".")[2] for identity in ward if identity.startswith("Ward.bed.")]
    assert below == ["id", "extension", "modifierExtension", "number"]
    assert ward["Ward.text"]["base"]["path"] == "DomainResource.text"
    assert ward["Ward.bed"]["base"] == {"path": "Ward.bed", "min": 1, "max": "*"}


@pytest.mark.parametrize(
    "hostile",
    [
        {"path": 5},
        "Patient.name",
        {"path": "Patient..name"},
        {"path": ".".join(["Patient"] + ["contact"] * 4000)},
        {"path": "Patient.name", "min": "one"},
        {"path": "Patient.name", "type": {"code": "x"}},
        {"path": "Patient.name", "type": ["HumanName"]},
        {"path": "Patient.name", "constraint": [None]},
        {"path": "Patient.name", "slicing": []},
        {"path": "Patient.name", "sliceName": ["a"]},
        {"path": "Patient.name", "binding": "x"},
        {"path": "Patient.name", "base": 1},
    ],
)
def test_wrong_json_in_an_element_is_told(hostile: Any) -> None:
    patient, problems = _generated(definition("P", "Patient", element("Patient.gender", min=1), hostile))
    assert problems
    assert patient["Patient.gender"]["min"] == 1


@pytest.mark.parametrize("hostile", [None, [], {"element": None}, {"element": {}}, "x"])
def test_a_differential_that_is_none_gives_the_base(hostile: Any) -> None:
    patient, _ = _generated(definition("P", "Patient", differential=hostile))
    assert patient["Patient.name"]["max"] == "*"


def _doubling(count: int) -> list[dict[str, Any]]:
    """Extensions of which each holds the one before twice, and looks into both."""
    first = extension("E0")
    rest = [
        extension(
            f"E{one}",
            *(
                words
                for name in ("a", "b")
                for words in (
                    element(f"Extension.extension:{name}", **typed("Extension", f"{HERE}E{one - 1}")),
                    element(f"Extension.extension:{name}.extension", mustSupport=True),
                )
            ),
        )
        for one in range(1, count)
    ]
    return [first, *rest]


def test_definitions_that_grow_without_bound_are_refused() -> None:
    elements, problems = _generated(*_doubling(30))
    assert elements == {}
    assert problems == ["it has more than 50000 elements"]


def test_definitions_that_build_on_each_other_without_end_are_refused() -> None:
    chain = [definition(f"P{one}", "Patient", base=f"{HERE}P{one - 1}" if one else "") for one in range(3000)]
    elements, problems = _generated(*chain)
    assert elements == {}
    assert "more than 64 definitions build on each other" in problems
