"""UCUM: the grammar, every atom, and conversion between units."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker.fhir.terminology import ucum
from checker.fhir.terminology.data.ucum_atoms import ATOMS, BASE_UNITS, PREFIXES

GOOD = [
    *(
        "mm[Hg]",
        "kg/m2",
        "10*3/uL",
        "10^-6.m",
        "/min",
        "{score}",
        "1",
        "%",
        "[degF]",
        "cm[H2O]/L/s",
        "mL/min/{1.73_m2}",
    ),
    *("(mL/min)/kg", "[in_i'H2O]", "m[IU]/L", "ug{FEU}/mL", "B[10.nV]", "J/(kg.K)", "mL{total volume}", "2.mg", "10*"),
    *("[arb'U]/mL", "mg/24.h", "s-1", "m+2", "KiBy", "/{tot}", "10{cells}", "(m){x}", "[m/s2/Hz^0.5]"),
]
BAD = [
    *(
        "",
        "Kg",
        "mmHg",
        "cc",
        "beats/min",
        "m//s",
        "m.",
        "(m",
        "m)",
        "°C",
        "1e3",
        "kg2-",
        "mg ",
        "mg/dl/",
        "m{x",
        "{é}",
    ),
    *("kmin", "0", "h2o", "[degf]", "mcg", "hr", "(" * 60 + "m" + ")" * 60, "m" * 600, "m{a}{b}c", "2mg"),
]


@pytest.mark.parametrize("code", GOOD)
def test_well_formed(code: str) -> None:
    assert ucum.fault(code) == ""


@pytest.mark.parametrize("code", BAD)
def test_malformed(code: str) -> None:
    assert ucum.fault(code)


def test_every_atom_is_a_unit_and_takes_prefixes_if_it_says_so() -> None:
    for code, metric, _, _ in ATOMS:
        assert ucum.unit(code) is not None, code
        assert (ucum.fault("k" + code) == "") == (metric == "m" or "k" + code in {atom[0] for atom in ATOMS}), code
    assert all(ucum.fault("m" + base) == "" for base in BASE_UNITS)
    assert all(ucum.fault(prefix + "g") == "" for prefix in PREFIXES)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("-1", "g", "kg", Fraction(-1, 1000)),
        ("10000", "m", "km", Fraction(10)),
        ("1", "[mi_i]", "m", Fraction("1609.344")),
        ("37", "Cel", "[degF]", Fraction("98.6")),
        ("98.6", "[degF]", "K", Fraction("310.15")),
        ("2", "wk", "d", Fraction(14)),
        ("1", "mm[Hg]", "kPa", Fraction("0.133322")),
        ("1", "L", "cm3", Fraction(1000)),
        ("3", "mmol/L", "mol/m3", Fraction(3)),
        ("5", "m[IU]", "[iU]", Fraction(1, 200)),
        ("50", "kg", "[mi_i]", None),
        ("1", "[IU]", "mg", None),
        ("1", "Kg", "g", None),
        ("1", "[pH]", "mol/l", None),
    ],
)
def test_conversion(value: str, source: str, target: str, expected: Fraction | None) -> None:
    assert ucum.converted(Fraction(value), source, target) == expected


def test_what_compares_with_what() -> None:
    assert ucum.comparable("kg/m2", "g/cm2") is True
    assert ucum.comparable("kg", "m") is False
    assert ucum.comparable("[IU]/mL", "[arb'U]/mL") is False
    assert ucum.comparable("mg", "mgg") is None


def test_huge_powers_are_well_formed_and_not_reckoned_with() -> None:
    assert ucum.fault("m999999999") == ""
    assert ucum.unit("m999999999") is None
    assert ucum.unit(".".join(["Ym60"] * 90)) is None
