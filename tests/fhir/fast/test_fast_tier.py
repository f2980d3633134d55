"""The fast tier: what it lets pass, what it leaves, and that it stays small whatever it is fed."""

from __future__ import annotations

import copy
import gc
import json
from functools import cache
from typing import Any

import pytest

from checker.fhir import Validator
from checker.fhir.fast import FastTier, own
from checker.fhir.fast import build as build_module
from checker.fhir.fast import site as site_module
from checker.fhir.fast.clean import Dirty
from checker.fhir.validation.run import Options
from tests.bench.resources import Maker, lines, text
from tests.fhir.fast.differential import difference

UK_PATIENT = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"


@cache
def explaining() -> Validator:
    return Validator(fast=False)


@cache
def tier() -> FastTier:
    one = explaining()
    return FastTier(one.definitions, one.terminology, one.options)


def judged(data: bytes) -> Any:
    """The clean bill of a resource, be it the first of its type, or None."""
    try:
        return tier().judge(data)
    except Dirty:
        return None


def patient(**changes: Any) -> dict[str, Any]:
    return {**Maker(1).patient(), **changes}


@pytest.mark.parametrize("narrative", [False, True])
def test_ordinary_resources_pass_and_all_that_is_said_is_what_the_explaining_tier_says(narrative: bool) -> None:
    for data in lines(24, narrative=narrative, seed=3):
        assert difference(tier().judge(data), explaining().validate(data)) == ""


def test_uk_core_is_judged_too() -> None:
    data = text(patient())
    clean = tier().judge(data, (UK_PATIENT,))
    assert [one[0].partition("|")[0] for one in clean.used] == [UK_PATIENT]
    assert clean.population
    assert difference(clean, explaining().validate(data, (UK_PATIENT,))) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"birthDate": "1970-02-30"},
        {"gender": "unknowable"},
        {"gender": 5},
        {"active": "true"},
        {"nickname": "Ann"},
        {"name": []},
        {"name": {}},
        {"name": [{}]},
        {"name": None},
        {"name": [{"id": "a"}]},
        {"name": [{"given": [""]}]},
        {"name": [{"given": [None]}]},
        {"deceasedBoolean": True, "deceasedDateTime": "2020-01-01"},
        {"managingOrganization": {"reference": "Patient/1"}},
        {"managingOrganization": {"reference": None, "display": "a"}},
        {"managingOrganization": {"reference": "#none"}},
        {"contained": [{"resourceType": "Organization", "id": "o", "name": "A"}]},
        {"identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000000"}]},
        {"text": {"status": "generated", "div": "<div>no namespace</div>"}},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueString": "a"}]},
        {"contact": [{"gender": "male"}]},
        {"multipleBirthInteger": 1.5},
        {"multipleBirthInteger": 2**31},
        {"id": "a b"},
        {"resourceType": "Human"},
    ],
    ids=str,
)
def test_what_is_wrong_is_left_to_the_explaining_tier(changes: dict[str, Any]) -> None:
    data = text(patient(**changes))
    assert not explaining().validate(data).valid
    assert tier().check(data) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        b'{"resourceType":"Patient","active":true,"active":false}',
        b'{"resourceType":"Patient","active":true,"active":true}',
        b'{"resourceType" :"Patient","active" :true,"active" :true}',
        b'{"resourceType":"Patient","name":[{"text":"\\"a\\":","text":"b"}]}',
        b'{"resourceType":"Patient","name":[{"text":"a\\\\","text":"b\\\\"}]}',
        b'{"resourceType":"Patient","name":[{"text":"\\ud83d"}]}',
        b'{"resourceType":"Patient"',
        b"[]",
        b"",
        b'"Patient"',
        b'{"resourceType":["Patient"]}',
        b'{"resourceType":{}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_text_that_is_no_good_json_is_left(spoilt: bytes) -> None:
    assert tier().check(spoilt) is None
    assert not explaining().validate(spoilt).valid


@pytest.mark.parametrize(
    "good",
    [
        b'{"resourceType":"Patient","name":[{"text":"say \\"hello\\": there"}]}',
        b'{"resourceType":"Patient","name":[{"text":"back\\\\slash \\" and more\\\\\\""}]}',
        b'\n  {"resourceType" : "Patient", "active" : true }\n',
    ],
)
def test_quotation_marks_within_texts_are_no_repeated_keys(good: bytes) -> None:
    assert difference(tier().judge(good), explaining().validate(good)) == ""


def test_a_bundle_resolves_its_references_inside() -> None:
    bundle = Maker(2).bundle(30)
    data = text(bundle)
    assert difference(tier().judge(data), explaining().validate(data)) == ""
    wrong = copy.deepcopy(bundle)
    organization = wrong["entry"][0]["resource"]
    organization.clear()
    full_url = wrong["entry"][0]["fullUrl"]
    organization.update({"resourceType": "Device", "id": full_url.rpartition("/")[2]})
    data = text(wrong)
    assert not explaining().validate(data).valid
    assert tier().check(data) is None


def test_numbers_keep_the_digits_of_the_text() -> None:
    observation = Maker(4).observation()
    observation["valueQuantity"]["value"] = "@"
    data = text(observation)
    good, long = data.replace(b'"@"', b"1.00"), data.replace(b'"@"', b"0.1000000000000000000000")
    assert difference(tier().judge(good), explaining().validate(good)) == ""
    said = tier().judge(long).issues
    assert "primitive-decimal-range" in [issue.rule for issue in said]
    assert said == explaining().validate(long).issues
    assert tier().check(data.replace(b'"@"', b"1e99999")) is None


def test_advice_sends_everything_to_the_explaining_tier() -> None:
    one = explaining()
    assert FastTier(one.definitions, one.terminology, Options(advice=True)).check(text(patient())) is None


def test_the_validator_answers_the_same_with_and_without() -> None:
    fast = Validator(explaining().definitions, terminology=explaining().terminology)
    documents = lines(40, seed=8)
    for data, one in zip(documents, fast.validate_many(documents), strict=True):
        full = explaining().validate(data)
        assert (one.valid, one.issues, one.not_verified) == (full.valid, full.issues, full.not_verified)
        assert one.must_support == full.must_support
        assert (one.resource_type, one.id) == (full.resource_type, full.id)
    assert fast._tier is not None
    assert fast._tier.build.shapes > 0


def test_one_small_resource_compiles_nothing() -> None:
    fast = Validator(explaining().definitions, terminology=explaining().terminology)
    assert fast.validate(text(patient())).valid
    assert fast._tier is None


def test_validating_many_leaves_the_collector_as_it_was() -> None:
    documents = lines(4)
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            results = explaining().validate_many(documents)
            next(results)
            assert gc.isenabled() is enabled
            results.close()  # type: ignore[attr-defined]
            assert gc.isenabled() is enabled
        finally:
            gc.enable()


def test_hostile_shapes_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "MOST_SHAPES", 40)
    one = explaining()
    fresh = FastTier(one.definitions, one.terminology, one.options)
    keys = list(Maker(1).patient().items())
    for at in range(60):
        turned = dict(keys[at % len(keys) :] + keys[: at % len(keys)])
        turned["name"] = [dict(list(turned["name"][0].items())[: 1 + at % 4])]
        fresh.check(text(turned))
    assert fresh.build.shapes <= 40
    assert site_module._MOST_SHAPES <= build_module.MOST_SHAPES * 100


def test_an_object_of_thousands_of_properties_is_left() -> None:
    huge = {"resourceType": "Patient", **{f"x{at}": at for at in range(5_000)}}
    with pytest.raises(Dirty):
        tier().judge(json.dumps(huge).encode())


def test_an_unknown_extension_is_said_by_the_fast_tier_too() -> None:
    data = text(patient(extension=[{"url": "https://local.example/Extension/ward", "valueString": "7"}]))
    clean = tier().judge(data)
    assert "extension-unknown" in [issue.rule for issue in clean.issues]
    assert difference(clean, explaining().validate(data)) == ""


@pytest.mark.parametrize("half", ["\\ud83d", "\\udc00", "\\ud83dx", "\\ud83d\\u0041", "\\ude00\\ud83d", "\\uD83D\\n"])
def test_half_a_character_is_left(half: str) -> None:
    assert tier().check(b'{"resourceType":"Patient","name":[{"text":"' + half.encode() + b'"}]}') is None


def test_a_quotation_mark_by_its_number_hides_no_repeated_key() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Ann</p></div>'
    escaped = json.dumps(div).replace('\\"', "\\u0022", 2).encode()
    start = b'{"resourceType":"Patient","text":{"status":"generated","div":' + escaped + b"}"
    assert difference(tier().judge(start + b"}"), explaining().validate(start + b"}")) == ""
    twice = start + b',"active":true,"active":true}'
    assert not explaining().validate(twice).valid
    assert tier().check(twice) is None


@pytest.mark.parametrize("name", ["Ann", 'Ann \\"of\\" Leeds', "Ann \\u0022of\\u0022 Leeds", "back\\\\"])
@pytest.mark.parametrize("div", ["<p>Ann</p>", '<p class=\\"a\\">Ann</p>', "<p>\\u0022Ann\\u0022</p>"])
def test_quotation_marks_of_narratives_hide_no_repeated_key(name: str, div: str) -> None:
    for at in (0, 1):
        parts = [
            f'"text":{{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">{div}</div>"}}',
            f'"name":[{{"text":"{name}"}}]',
        ]
        start = '{"resourceType":"Patient",' + ",".join(parts[::-1] if at else parts)
        data = (start + "}").encode()
        clean = judged(data)
        assert clean is None or difference(clean, explaining().validate(data)) == ""
        assert clean is not None or "u0022" in name + div
        for more in (',"active":true,"active":true}', ',"birthDate":"1970-01-01","birthDate":"1970-01-01"}'):
            assert judged((start + more).encode()) is None


@pytest.mark.parametrize(
    ("attachment", "good"),
    [
        ({"data": "SGVsbG8="}, True),
        ({"data": "SGVsbG8=", "size": 5}, True),
        ({"data": "SGVsbG8=", "size": 6}, False),
        ({"data": "SGVs\nbG8=", "size": 5}, True),
        ({"data": "SGVs\n\n\n\nbG8=", "size": 8}, False),
        ({"data": "SGVsbG8=", "hash": "9/+ei3uy4Jtwk1pdeF4MxdnQq/A="}, True),
        ({"data": "SGVsbG8=", "hash": "8/+ei3uy4Jtwk1pdeF4MxdnQq/A="}, False),
        ({"data": "SGVsbG8"}, False),
        ({"url": "https://pictures.nhs.uk/1", "size": 7}, True),
        ({}, True),
    ],
)
def test_attachments(attachment: dict[str, Any], good: bool) -> None:
    data = text(patient(photo=[{"contentType": "image/png", **attachment}]))
    clean, full = judged(data), explaining().validate(data)
    assert full.valid is good
    assert (clean is not None) is good
    assert clean is None or difference(clean, full) == ""


@pytest.mark.parametrize(
    "odd", ["", "\n", "\x07", "\u202e", "\u202aa\u202c", "é", "€", "<", "<b>b</b> <i>", "\x85", "\ufffe"]
)
def test_long_texts(odd: str) -> None:
    words = "history of stable blood pressure " * 20
    for held in (f"{words}{odd}.", f"{odd}.{words}.", f"{words[:50]}{odd}."):
        data = text({**Maker(1).condition(), "note": [{"text": held}], "code": {"text": held}})
        clean = judged(data)
        full = explaining().validate(data)
        assert clean is None or difference(clean, full) == ""
        assert clean is not None or odd in ("\x07", "\u202e", "\u202aa\u202c", "<b>b</b> <i>", "\n", "\x85")


@pytest.mark.parametrize("stated", ["", ' lang="en"', ' lang="en" xml:lang="en"', ' xml:lang="cy" lang="cy"'])
def test_what_is_said_of_a_narratives_language_is_told_again(stated: str) -> None:
    narrative = {"div": f'<div xmlns="http://www.w3.org/1999/xhtml"{stated}><p>Ann</p></div>', "status": "generated"}
    for at in range(3):
        data = text(patient(language="en", text=narrative, id=f"p{at}"))
        assert difference(tier().judge(data), explaining().validate(data)) == ""


def test_the_short_cuts_reckon_with_all_rules_of_the_datatypes() -> None:
    """A rule more in one of these modules costs speed, not correctness: until the short cut reckons with it."""
    assert own._rule_ids("Identifier") <= own.IDENTIFIER_RULES
    assert own._rule_ids("Meta") == {"meta-repeated"}
    assert own._rule_ids("Attachment") == {"attachment-size", "attachment-hash", "attachment-empty"}
