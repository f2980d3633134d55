"""Code systems that are rules: languages, media types, currencies, countries, time zones, check digits."""

from __future__ import annotations

import pytest

from checker.fhir.terminology import algorithmic, check_digits, language_tags, media_types

LANGUAGES = ["en", "en-GB", "EN-gb", "cy", "zh-cmn-Hans-CN", "de-CH-1996", "sl-rozaj-biske", "x-private", "i-klingon"]
NOT_LANGUAGES = ["", "english", "en_GB", "xx", "eng", "en-Foo", "en-YY", "de-1996-1996", "en-a-bb-a-cc", "q" * 300]
MEDIA = [
    *("text/plain", "application/fhir+json; fhirVersion=4.0", 'text/plain;charset="utf-8"', "image/*", "json"),
    *("application/dicom; variant=DICOM WADO-RS", "chemical/x-pdb", "x-world/x-vrml"),
]
NOT_MEDIA = [
    "",
    "pdf",
    "image/",
    "foo/bar",
    "image /jpeg",
    "[%format%]",
    "text/plain; charset",
    "image/jpeg, image/png",
]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_language_tags(tag: str) -> None:
    assert language_tags.fault(tag) == ""


@pytest.mark.parametrize("tag", NOT_LANGUAGES)
def test_what_is_no_language_tag(tag: str) -> None:
    assert language_tags.fault(tag)


@pytest.mark.parametrize("media_type", MEDIA)
def test_media_types(media_type: str) -> None:
    assert media_types.fault(media_type) == ""


@pytest.mark.parametrize("media_type", NOT_MEDIA)
def test_what_is_no_media_type(media_type: str) -> None:
    assert media_types.fault(media_type)


@pytest.mark.parametrize(
    ("system", "code", "known"),
    [
        (algorithmic.CURRENCIES, "GBP", True),
        (algorithmic.CURRENCIES, "gbp", False),
        (algorithmic.CURRENCIES, "DEM", None),
        (algorithmic.COUNTRIES, "GB", True),
        (algorithmic.COUNTRIES, "GBR", True),
        (algorithmic.COUNTRIES, "826", True),
        (algorithmic.COUNTRIES, "UK", False),
        (algorithmic.COUNTRIES, "XK", None),
        (algorithmic.SUBDIVISIONS, "GB-ENG", None),
        (algorithmic.SUBDIVISIONS, "England", False),
        (algorithmic.REGIONS, "150", None),
        (algorithmic.REGIONS, "Europe", False),
        (algorithmic.UCUM, "m" * 5000, False),
        (algorithmic.SNOMED, "1" * 5000, None),
        (algorithmic.TIME_ZONES, "Europe/London", True),
        (algorithmic.TIME_ZONES, "Europe/Leeds", False),
        (algorithmic.UCUM, "mm[Hg]", True),
        (algorithmic.UCUM, "mmHg", False),
        (algorithmic.SNOMED, "73211009", None),
        (algorithmic.SNOMED, "73211008", None),
        (algorithmic.LOINC, "8480-6", None),
        (algorithmic.DMD, "39720311000001101", None),
    ],
)
def test_what_rules_tell_of_codes(system: str, code: str, known: bool | None) -> None:
    judged = algorithmic.judge(system, code)
    assert judged is not None
    assert judged.known is known
    assert known is not False or judged.fault


def test_other_systems_have_no_rules() -> None:
    assert algorithmic.judge("https://fhir.nhs.uk/CodeSystem/x", "1") is None
    assert algorithmic.enumerated(algorithmic.UCUM) is None
    assert len(algorithmic.enumerated(algorithmic.COUNTRIES) or ()) == 747


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("73211009", ""),
        ("999000051000001100", ""),
        ("73211009:363698007=113331007", ""),
        ("73211008", "its check digit is wrong"),
        ("T-15460", "a SNOMED CT identifier is all digits"),
        ("12345", "a SNOMED CT identifier has 6 to 18 digits, the first not 0"),
        ("2988401011", "it identifies a description or relationship, not a concept"),
    ],
)
def test_snomed_identifiers(code: str, fault: str) -> None:
    if fault.startswith("it identifies"):
        code = next(code[:-1] + digit for digit in "0123456789" if check_digits.verhoeff(code[:-1] + digit))
    assert check_digits.snomed_fault(code) == fault


def test_loinc_codes() -> None:
    assert [check_digits.loinc_fault(code) for code in ("8480-6", "LA27975-4", "LP43571-6")] == ["", "", ""]
    assert check_digits.loinc_fault("8480-5") == "its check digit is wrong"
    assert check_digits.loinc_fault("systolic")


def test_nhs_numbers_oids_and_uuids() -> None:
    assert check_digits.nhs_number_is_valid("9990000018")
    assert not check_digits.nhs_number_is_valid("9990000019")
    assert not check_digits.nhs_number_is_valid("999000001８")
    assert [check_digits.oid_is_well_formed(one) for one in ("2.16.840.1", "1.40.1", "3.1", "1", "1.02")] == [
        *(True, False, False, False, False)
    ]
    assert check_digits.uuid_is_well_formed("75ea28b5-74b8-4d9c-9eb5-cfdc10b48fa0")
    assert not check_digits.uuid_is_well_formed("75EA28B5-74b8-4d9c-9eb5-cfdc10b48fa0")
