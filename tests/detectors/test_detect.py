"""What the detectors find in text, and what only looks like it."""

from __future__ import annotations

import pytest

from checker.detectors import Kind, Sureness, detect, free_texts, narratives, plain_text

NUMBER = "9990000018"
GROUPED = "999 000 0018"


def found(text: str, kind: Kind) -> list[str]:
    return [hit.value for hit in detect(text, (kind,)) if hit.sureness is not Sureness.CHANCE]


@pytest.mark.parametrize(
    "text",
    [
        f"NHS number {GROUPED}",
        f"NHS no: {NUMBER}",
        f"NHS No.{NUMBER}",
        f"Re: NHS number {GROUPED}\n\nAll is well.",
        f'{{"nhsNumber":"{NUMBER}"}}',
        f"https://fhir.nhs.uk/Id/nhs-number|{NUMBER}",
        f'"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{NUMBER}"',
        "nhs_number=999-000-0018&x=1",
        f"quote {NUMBER} when calling.",
        f"https://supplier.example/fhir/Patient/{NUMBER}",
        f"nhs:{NUMBER},x",
        "(999 000 0018)",
        "999\u00a0000\u20090018",
        "999\u2011000\u20110018",
    ],
)
def test_an_nhs_number_is_found_as_people_and_programs_write_it(text: str) -> None:
    assert found(text, Kind.NHS_NUMBER) == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        f"order no. {NUMBER}",
        f"Order number: {NUMBER}",
        f"invoice {GROUPED}",
        f"tel {GROUPED}",
        "Device sync 1772517607 complete",
        f"GTIN 5{NUMBER}42",
        f"0f3a2b1c-9990-4000-8018-a{NUMBER}b",
        f"trace=4bf92f{NUMBER}a3ce",
        f"ABC-{NUMBER}",
        f"{NUMBER}.5 ml",
        f"v1.{NUMBER}",
        "quote 9990000019 when calling",
        "1" * 10,
        "9990 000 018",
    ],
)
def test_what_only_looks_like_an_nhs_number_is_none(text: str) -> None:
    assert found(text, Kind.NHS_NUMBER) == []


def test_how_sure_a_number_is() -> None:
    said = {text: next(detect(text, (Kind.NHS_NUMBER,))).sureness for text in (f"NHS {NUMBER}", GROUPED, f"x {NUMBER}")}
    assert list(said.values()) == [Sureness.LABELLED, Sureness.LIKELY, Sureness.BARE]
    assert next(detect("x 9990000019", (Kind.NHS_NUMBER,))).sureness is Sureness.CHANCE


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Prefers e-mail: A.Person@Example.org.", Kind.EMAIL, "a.person@example.org"),
        ("Daughter on 07700 900123 after six", Kind.PHONE, "07700900123"),
        ("Daughter on +44 7700 900123.", Kind.PHONE, "07700900123"),
        ("Daughter on (01632) 960001 or", Kind.PHONE, "01632960001"),
        ("ring 01632960001", Kind.PHONE, "01632960001"),
        ("ring 020 7946 0018", Kind.PHONE, "02079460018"),
        ("moved to 1 Sedge Bank, ZZ12 9ZZ.", Kind.POSTCODE, "ZZ129ZZ"),
        ("moved to SW1A 1AA", Kind.POSTCODE, "SW1A1AA"),
        ("M1 1AE", Kind.POSTCODE, "M11AE"),
        ("NI number AB 12 34 56 C", Kind.NINO, "AB123456C"),
        ("DOB 17/05/1957,", Kind.BIRTH_DATE, "17/05/1957"),
        ("d.o.b. 17.05.57", Kind.BIRTH_DATE, "17.05.57"),
        ("Date of birth: 17th May 1957", Kind.BIRTH_DATE, "17th may 1957"),
        ("was born on 1957-05-17 in", Kind.BIRTH_DATE, "1957-05-17"),
        ("Mrs Kestrelby attended", Kind.TITLED_NAME, "kestrelby"),
        ("Dear Miss A. O'Lorrimond,", Kind.TITLED_NAME, "o'lorrimond"),
        ("Mr Éastwickham", Kind.TITLED_NAME, "éastwickham"),
    ],
)
def test_other_personal_data_is_found(text: str, kind: Kind, value: str) -> None:
    assert found(text, kind) == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Salbutamol 2 puffs @ night, 410 @ 08.00, git@2.0", Kind.EMAIL),
        ("Readings 01-06-2024 0715 and 02-06-2024 1930; dose 0.50 to 0.75.", Kind.PHONE),
        ("helpline 0800 1111 or 0300 123 4567", Kind.PHONE),
        ("Pack 07700900123456 scanned, ref 01632960001", Kind.PHONE),
        ("8d19f4fd-c9b0-41c0-88c1-0755661295c1", Kind.PHONE),
        ("Vitamin B12 low, Hb A1c 48, T4 normal; BP 1 hour after; lot L2 4AX9", Kind.POSTCODE),
        ("no fixed abode ZZ99 3VZ", Kind.POSTCODE),
        ("district SW1A", Kind.POSTCODE),
        ("QQ1 2AB is no area", Kind.POSTCODE),
        ("lot AB123456C", Kind.NINO),
        ("born in 1957, aged 70 to 74; seen 01/02/2026", Kind.BIRTH_DATE),
        ("newborn of 01/02/2026", Kind.BIRTH_DATE),
        ("dobutamine 01/02/2026", Kind.BIRTH_DATE),
        ("Dr Quillhaven; MR Angiogram; MS Clinic; Miss Monday's dose", Kind.TITLED_NAME),
        ("listed for Mr Sandermoor, consultant surgeon", Kind.TITLED_NAME),
        ("Will review in May; rose-coloured rash", Kind.TITLED_NAME),
    ],
)
def test_what_only_looks_like_other_personal_data_is_none(text: str, kind: Kind) -> None:
    assert found(text, kind) == []


def test_texts_of_a_resource_come_with_their_pointers() -> None:
    resource = {
        "resourceType": "Observation",
        "id": "9990000018",
        "code": {"coding": [{"system": "x", "display": "Body Weight"}], "text": "typed"},
        "subject": {"reference": "Patient/a", "display": "Somebody"},
        "note": [{"text": "a note"}],
        "identifier": [{"value": "an identifier"}],
        "contained": [{"resourceType": "Patient", "name": [{"family": "Kestrelby"}], "text": {"div": "<p>in</p>"}}],
        "a/b": "odd name",
        "extension": [{"url": "x", "valueString": "free"}],
    }
    assert dict(free_texts(resource)) == {
        "/code/text": "typed",
        "/subject/display": "Somebody",
        "/note/0/text": "a note",
        "/a~1b": "odd name",
        "/extension/0/valueString": "free",
    }
    assert list(narratives(resource, "/r")) == [("/r/contained/0/text/div", "in")]


def test_tags_and_entities_are_blanks() -> None:
    assert plain_text("<td>NHS&nbsp;number</td><td>999 <b>000</b>&#32;0018</td>") == f"NHS number {GROUPED}"


@pytest.mark.parametrize(
    "text", ["0" * 50_000, "+44 " * 9_000, "a@" * 20_000, "Mr " * 20_000, "DOB 1/1/" * 9_000, "<" * 50_000]
)
def test_long_texts_of_one_sort_are_no_trouble(text: str) -> None:
    assert len(list(detect(text, Kind))) < 30_000
    assert isinstance(plain_text(text), str)
