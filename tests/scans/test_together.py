"""What scans share while they look: it changes no state."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from checker.checks.codings import _SEVERAL, _lists
from checker.checks.fhir_conforms import CONFORMS, About, ConformsParams
from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import Judging, judging_by
from checker.checks.nhs_number import NHS_NUMBER_VALID
from checker.engine.scans import ScanJob, driver, run_scans
from checker.engine.scans.fused import Fused
from checker.engine.scans.parse import NotRead, Reader, decoded
from checker.model.scan import Together
from checker.model.supplier import Limits
from tests.bench.resources import Maker
from tests.scans.samples import ALL_JOBS, SALT, chunks_of, nhs

FAMILIES = (
    ConformsParams(family="vital-signs", only=(About(severity=("error", "warning", "information")),)),
    ConformsParams(family="vital-sign-codes"),
    ConformsParams(family="laboratory", only=(About(path=("Observation.code",)),)),
)
JOBS = [*ALL_JOBS, *(ScanJob(scan=CONFORMS, params=one) for one in FAMILIES)]
ODD: tuple[Any, ...] = (
    None,
    1,
    True,
    "",
    [],
    {},
    "http://snomed.info/sct",
    "http://read.info/readv2",
    "73211009",
    {"coding": [{"system": "http://snomed.info/sct", "code": "73211008", "version": None}]},
    {"coding": [{"system": "http://snomed.info/sct"}, {"code": 5}, "no coding"]},
    [{"url": "https://supplier.example/birth-sex"}, {"url": None}],
)


def resources() -> list[dict[str, Any]]:
    """Good ones, and some with something odd in them."""
    chance = random.Random(5)
    found: list[dict[str, Any]] = []
    for one in Maker(5).mixed(120, narrative=True):
        changed = json.loads(json.dumps(one))
        if chance.random() < 0.5:
            at, name = _somewhere(changed, chance)
            at[name] = chance.choice(ODD)
        found.append(changed)
    found.append({"resourceType": "Patient", "id": "p", "identifier": [nhs(), nhs("9990000019"), {"type": {}}, 7]})
    return found


def weights() -> list[dict[str, Any]]:
    """Body weights that claim UK Core's definition, with this and that about their codes."""
    chance = random.Random(7)
    category = [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]
    loinc = {"system": "http://loinc.org", "code": "29463-7", "userSelected": False}
    snomed = [{"system": "http://snomed.info/sct", "code": code} for code in ("27113001", "726527001", "27113001", "x")]
    return [
        {
            "resourceType": "Observation",
            "id": f"w{number}",
            "meta": {
                "profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-VitalSigns-BodyWeight"]
            },
            "status": "final",
            "category": [{"coding": category}],
            "code": {"coding": [loinc, *chance.sample(snomed, chance.choice((0, 1, 1, 1, 1, 2)))]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": f"2024-05-{number % 28 + 1:02}",
            "valueQuantity": {
                "value": chance.choice((70, 71.5)),
                "unit": "kilogram",
                "system": "http://unitsofmeasure.org",
                "code": chance.choice(("kg", "kg", "kg", "g")),
            },
            **chance.choice(
                ({}, {}, {"language": "en-GB"}, {"method": {"text": "scales"}}, {}, {"note": [{"text": ""}]})
            ),
        }
        for number in range(120)
    ]


def _somewhere(resource: dict[str, Any], chance: random.Random) -> tuple[dict[str, Any], str]:
    waiting: list[Any] = [resource]
    places: list[tuple[dict[str, Any], str]] = []
    for node in waiting:
        for name, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(node, dict) and name not in ("resourceType", "id"):
                places.append((node, str(name)))
            if isinstance(value, dict | list):
                waiting.append(value)
    return chance.choice(places)


def states(given: Sequence[dict[str, Any]]) -> list[Any]:
    """What each job came to."""
    with judging_by(Judging(Held())):
        run = run_scans(JOBS, chunks_of(list(given)), salt=SALT, limits=Limits())
    return [(one.error, one.state) for one in run.outcomes]


def test_each_scan_by_itself_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given = resources()
    together = states(given)
    made: list[Together] = []
    usual = Fused._shared

    def alone(self: Fused, numbers: Sequence[int]) -> tuple[tuple[int, ...], tuple[Together, ...]]:
        made.extend(usual(self, numbers)[1])
        return tuple(numbers), ()

    monkeypatch.setattr(Fused, "_shared", alone)
    assert states(given) == together
    assert made


@pytest.mark.parametrize("at_once", [1, 3, 10_000])
def test_how_many_are_shown_at_once_does_not_show(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    given = resources()
    before = states(given)
    monkeypatch.setattr(driver, "_AT_ONCE", at_once)
    assert states(given) == before


def test_what_follows_from_another_judgement_is_what_the_validator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    given = weights()
    found: list[Any] = []
    usual = Judging._nearness

    def noted(self: Judging, alike: Any, asked: tuple[str, ...]) -> Any:
        found.append(usual(self, alike, asked))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(Judging, "_nearness", noted)
        quick = states(given)
    monkeypatch.setattr(Judging, "_nearness", lambda self, alike, asked: None)
    assert states(given) == quick
    assert any(one is not None for one in found)


def test_a_scan_that_raises_is_out_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(value: object) -> str:
        raise ValueError("broken")

    given = resources()
    before = states(given)
    monkeypatch.setattr(NHS_NUMBER_VALID, "fault_of", raises, raising=False)
    after = states(given)
    broken = [number for number, job in enumerate(JOBS) if job.scan is NHS_NUMBER_VALID]
    assert all("nhs-number.valid raised ValueError" in after[number][0] for number in broken)
    others = [number for number in range(len(JOBS)) if number not in broken]
    assert [after[number] for number in others] == [before[number] for number in others]


NUMBERS = ("1", "-0", "-0.0", "1.5", "1e2", "1e400", "-1E400", "1e-400", "123456789012345678901", "1.", "01", "1" * 400)


@pytest.mark.parametrize("number", NUMBERS)
def test_texts_are_read_as_ever(number: str) -> None:
    text = f'{{"a": [{number}]}}'.encode()
    reader = Reader()
    try:
        expected: Any = decoded(text)
    except NotRead as not_read:
        with pytest.raises(NotRead, match=not_read.reason):
            reader.read(text)
        return
    assert repr(reader.read(text)) == repr(expected)
    assert reader.exact == isinstance(expected["a"][0], int)


def test_texts_without_several_codings_are_told() -> None:
    chance = random.Random(1)
    passed = 0
    for _ in range(3_000):
        resource = {"a": _value(chance, 5), "coding": _value(chance, 3), "c": {"coding": [{"code": _value(chance, 0)}]}}
        text = json.dumps(resource, separators=chance.choice(((",", ":"), (" , ", " : ")))).encode()
        if _SEVERAL.search(text) is None and b"\\u" not in text:
            passed += 1
            assert not _lists(resource)
    assert passed > 100


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth <= 0 or kind < 0.3:
        return chance.choice(["a", "}", "}]", "[{", "\\", '"', 1, None, True, "x}] , {"])
    if kind < 0.6:
        return {
            chance.choice(["coding", "system", "x"]): _value(chance, depth - 1) for _ in range(chance.randint(0, 3))
        }
    return [_value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
