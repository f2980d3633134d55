"""Units of quantities: which can be converted into each other, and by what factor.

A table of the common UCUM units with their dimension, and a reader of unit expressions (``mg/dL``, ``10*3/uL``,
``m.s-2``). A unit that is not in the table has no dimension: it is comparable with itself only.

Source: https://ucum.org/ucum (dimensions and factors), FHIRPath N1 §2.1.8 (calendar durations)
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from checker.fhir.fhirpath.values import CALENDAR, Quantity

Dimension = tuple[tuple[str, int], ...]
Terms = tuple[tuple[str, int], ...]

_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

_BASE = ("m", "s", "g", "rad", "K", "C", "cd")

# name → (factor as text, unit expression it is a multiple of); a star before the name: takes metric prefixes.
_DERIVED = """
*mol 6.0221367 10*23 | *sr 1 rad2 | *Hz 1 s-1 | *N 1 kg.m/s2 | *Pa 1 N/m2 | *J 1 N.m | *W 1 J/s | *A 1 C/s | *V 1 J/C
*F 1 C/V | *Ohm 1 V/A | *S 1 Ohm-1 | *Wb 1 V.s | *T 1 Wb/m2 | *H 1 Wb/A | *lm 1 cd.sr | *lx 1 lm/m2 | *Bq 1 s-1
*Gy 1 J/kg | *Sv 1 J/kg | *l 1 dm3 | *L 1 dm3 | *ar 100 m2 | min 60 s | h 60 min | d 24 h | wk 7 d | a 365.25 d
a_j 365.25 d | a_g 365.2425 d | mo 30.4375 d | mo_j 30.4375 d | mo_g 30.436875 d | *t 1000 kg | *bar 100000 Pa
*u 1.6605402 10*-24.g | *eV 160217.733 10*-24.J | deg 0.017453292519943295 rad | ' 1 deg/60 | '' 1 deg/3600
*kat 1 mol/s | *U 1 umol/min | *eq 1 mol | *osm 1 mol | *cal 4.184 J | *cal_th 4.184 J | *cal_IT 4.1868 J
[Cal] 4184 J | *g% 1 g/dL | *dyn 0.00001 N | *erg 0.0000001 J | *P 0.1 Pa.s | *St 0.0001 m2/s | *gf 9.80665 g.m/s2
*m[H2O] 9806.65 Pa | *m[Hg] 133322.387415 Pa | atm 101325 Pa | att 98066.5 Pa | [psi] 6894.75729316836 Pa
[in_i] 2.54 cm | [ft_i] 30.48 cm | [yd_i] 91.44 cm | [mi_i] 1609.344 m | [nmi_i] 1852 m | [fth_i] 1.8288 m
[in_us] 0.0254000508001016 m | [ft_us] 0.304800609601219 m | [sin_i] 6.4516 cm2 | [sft_i] 929.0304 cm2
[syd_i] 8361.2736 cm2 | [cin_i] 16.387064 cm3 | [cft_i] 28316.846592 cm3 | [kn_i] 1852 m/h | [mil_i] 0.00254 cm
[gr] 64.79891 mg | [lb_av] 453.59237 g | [oz_av] 28.349523125 g | [dr_av] 1.7718451953125 g
[scwt_av] 45359.237 g | [lcwt_av] 50802.34544 g | [ston_av] 907184.74 g | [lton_av] 1016046.9088 g
[stone_av] 6350.29318 g | [oz_tr] 31.1034768 g | [lb_tr] 373.2417216 g | [oz_ap] 31.1034768 g | [lb_ap] 373.2417216 g
[gal_us] 3785.411784 cm3 | [qt_us] 946.352946 cm3 | [pt_us] 473.176473 cm3 | [foz_us] 29.5735295625 cm3
[fdr_us] 3.6966911953125 cm3 | [cup_us] 236.5882365 cm3 | [tbs_us] 14.78676478125 cm3 | [tsp_us] 4.92892159375 cm3
[cup_m] 240 mL | [tbs_m] 15 mL | [tsp_m] 5 mL | [foz_m] 30 mL | [gal_br] 4546.09 cm3 | [pt_br] 568.26125 cm3
[foz_br] 28.4130625 cm3 | [drp] 0.05 mL | [Btu] 1055.05585262 J | [HP] 745.69987158227022 W | [lbf_av] 4.4482216152605 N
[degR] 0.55555555555555555556 K | % 0.01 10*0 | [ppth] 0.001 10*0 | [ppm] 0.000001 10*0 | [ppb] 0.000000001 10*0
[pptr] 0.000000000001 10*0 | [pi] 3.1415926535897932384626433832795 10*0 | *bit 1 bit_s | *By 8 bit | *Bd 1 s-1
[mesh_i] 1 10*0/[in_i] | [Ch] 0.33333333333333333 mm | [hd_i] 10.16 cm | *Ci 37000000000 Bq | *R 0.000258 C/kg
*RAD 0.01 Gy | *REM 0.01 Sv | *Ao 0.1 nm | *AU 149597.870691 Mm | *G 0.0001 T | *Gal 1 cm/s2 | [g] 9.80665 m/s2
[c] 299792458 m/s | circ 6.283185307179586 rad | gon 0.9 deg | *kp 9.80665 N | [MET] 3.5 mL/min/kg
[bbl_us] 42 [gal_us]
"""  # fmt: skip
_UNLIKE = """
*[iU] *[IU] *[arb'U] *[USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U]
[ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [IR] *[BAU] [AU] [Amb'a'1'U] [PNU]
[Lf] [D'ag'U] [FEU] [ELU] [EU] [S] [diop] [pH] [hnsf'U] [Lmb] bit_s
"""
# Units with a zero of their own: kelvins = value * factor + offset.
_TEMPERATURES = {
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
    "[degRe]": (Fraction(5, 4), Fraction("273.15")),
}
_ATOMS: dict[str, tuple[Fraction, Dimension]] = {}
_METRIC: set[str] = {*_BASE}

_TERM = re.compile(
    r"(?P<power>10[*^][+-]?\d+|10[*^])|(?P<factor>\d+)(?![*^])|(?P<atom>(?:\[[^\]\s]*\]|[^\s\d.()/{}\[\]+-])+)(?P<exponent>[+-]?\d+)?"
)
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_MAX_UNIT = 200


@lru_cache(maxsize=2048)
def measure(unit: str) -> tuple[Fraction, Dimension] | None:
    """The factor to base units and the dimension of a UCUM unit; None when the unit is not known here."""
    read = terms(unit)
    if read is None:
        return None
    factor, atoms = read
    dimension: dict[str, int] = {}
    for atom, exponent in atoms:
        found = _atom(atom)
        if found is None:
            return None
        factor *= found[0] ** exponent
        for base, power in found[1]:
            dimension[base] = dimension.get(base, 0) + power * exponent
    return factor, tuple(sorted((base, power) for base, power in dimension.items() if power))


@lru_cache(maxsize=2048)
def terms(unit: str) -> tuple[Fraction, Terms] | None:
    """A unit expression as a number and atoms with exponents; None when it cannot be read."""
    if len(unit) > _MAX_UNIT:
        return None
    text = _ANNOTATION.sub("", unit)
    if text in ("", "1"):
        return Fraction(1), ()
    try:
        factor, atoms, rest = _expression(text, 0)
    except (ValueError, RecursionError):
        return None
    return (factor, tuple(sorted((a, e) for a, e in atoms.items() if e))) if rest == len(text) else None


def _expression(text: str, at: int, depth: int = 0) -> tuple[Fraction, dict[str, int], int]:
    factor, atoms, sign = Fraction(1), dict[str, int](), 1
    if text.startswith("/", at):
        sign, at = -1, at + 1
    while True:
        one, below, at = _component(text, at, depth)
        factor *= one**sign
        for atom, exponent in below.items():
            atoms[atom] = atoms.get(atom, 0) + sign * exponent
        if at < len(text) and text[at] in "./":
            sign = 1 if text[at] == "." else -1
            at += 1
            continue
        return factor, atoms, at


def _component(text: str, at: int, depth: int) -> tuple[Fraction, dict[str, int], int]:
    if text.startswith("(", at):
        if depth > 10:
            raise ValueError(text)
        factor, atoms, at = _expression(text, at + 1, depth + 1)
        if not text.startswith(")", at):
            raise ValueError(text)
        return factor, atoms, at + 1
    match = _TERM.match(text, at)
    if match is None:
        if at == len(text) or text[at] in "./)":  # an annotation stood here: it counts as one
            return Fraction(1), {}, at
        raise ValueError(text)
    if match["power"]:
        exponent = int(match["power"][3:] or 1)
        return _power(Fraction(10), exponent), {}, match.end()
    if match["factor"]:
        return Fraction(int(match["factor"]) or 1), {}, match.end()
    exponent = int(match["exponent"] or 1)
    if abs(exponent) > 30:
        raise ValueError(text)
    return Fraction(1), {match["atom"]: exponent}, match.end()


def _power(base: Fraction, exponent: int) -> Fraction:
    if abs(exponent) > 100:
        raise ValueError(exponent)
    return base**exponent


def _atom(name: str) -> tuple[Fraction, Dimension] | None:
    if not _ATOMS:
        _fill()
    if name in _ATOMS:
        return _ATOMS[name]
    for length in (2, 1):
        prefix, rest = name[:length], name[length:]
        if rest in _METRIC and (prefix in _PREFIXES or prefix in _BINARY):
            factor, dimension = _ATOMS[rest]
            scale = Fraction(10) ** _PREFIXES[prefix] if prefix in _PREFIXES else Fraction(_BINARY[prefix])
            return factor * scale, dimension
    return None


def _fill() -> None:
    """Read the table, once, on first use."""
    for base in _BASE:
        _ATOMS[base] = Fraction(1), ((base, 1),)
    for name in _UNLIKE.split():
        plain = name.lstrip("*")
        _ATOMS[plain] = Fraction(1), ((plain, 1),)
        if plain != name:
            _METRIC.add(plain)
    for row in _DERIVED.replace("\n", "|").split("|"):
        if row.strip():
            name, number, unit = row.split()
            plain = name.lstrip("*") if name != "*" else name
            of = measure.__wrapped__(unit)
            assert of is not None, row  # noqa: S101 - the table is ours
            _ATOMS[plain] = Fraction(number) * of[0], of[1]
            if plain != name:
                _METRIC.add(plain)


# ---- quantities

_CALENDAR_UCUM = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}
_MONTHS = {"year": 12, "month": 1}
_NOMINAL = {"year": "a", "month": "mo"}


def ucum_unit(quantity: Quantity) -> str:
    """The unit as UCUM writes it (calendar words by their nearest definite duration)."""
    if not quantity.calendar:
        return quantity.unit
    return _CALENDAR_UCUM.get(quantity.unit) or _NOMINAL.get(quantity.unit) or quantity.unit


def common(left: Quantity, right: Quantity, *, nominal: bool = False) -> tuple[Fraction, Fraction] | bool | None:
    """Both values in one unit; False when the units measure different things; None when that is not known.

    Calendar years and months are comparable with each other, and with definite durations only ``nominal``-ly
    (for equivalence), where a year is taken as ``'a'`` and a month as ``'mo'``.
    """
    left, right = _settle(left, right), _settle(right, left)
    values = Fraction(left.value), Fraction(right.value)
    if left.unit == right.unit and left.calendar == right.calendar:
        return values
    if left.calendar and right.calendar and left.unit in _MONTHS and right.unit in _MONTHS:
        return values[0] * _MONTHS[left.unit], values[1] * _MONTHS[right.unit]
    if not nominal and (_loose(left) or _loose(right)):
        other = right if _loose(left) else left
        time = measure(ucum_unit(other))
        return None if time is None or time[1] == (("s", 1),) else False
    units = ucum_unit(left), ucum_unit(right)
    if units[0] in _TEMPERATURES or units[1] in _TEMPERATURES:
        return _temperatures(values, units)
    scales = measure(units[0]), measure(units[1])
    if scales[0] is None or scales[1] is None:
        return None
    if scales[0][1] != scales[1][1]:
        return False
    return values[0] * scales[0][0], values[1] * scales[1][0]


def is_temperature(unit: str) -> bool:
    """Whether the unit has a zero of its own, as degrees have."""
    return unit in _TEMPERATURES


def _settle(quantity: Quantity, other: Quantity) -> Quantity:
    """A FHIR quantity in years or months takes the kind of what it is compared with."""
    if quantity.calendar is not None:
        return quantity
    if other.calendar:
        return Quantity(quantity.value, {"a": "year", "mo": "month"}[quantity.unit], calendar=True)
    return Quantity(quantity.value, quantity.unit)


def _loose(quantity: Quantity) -> bool:
    return quantity.calendar is True and quantity.unit in _MONTHS


def _temperatures(values: tuple[Fraction, Fraction], units: tuple[str, str]) -> tuple[Fraction, Fraction] | bool | None:
    kelvins: list[Fraction] = []
    for value, unit in zip(values, units, strict=True):
        if unit in _TEMPERATURES:
            factor, offset = _TEMPERATURES[unit]
            kelvins.append(value * factor + offset)
            continue
        scale = measure(unit)
        if scale is None:
            return None
        if scale[1] != (("K", 1),):
            return False
        kelvins.append(value * scale[0])
    return kelvins[0], kelvins[1]


def convert(quantity: Quantity, unit: str) -> Quantity | None:
    """The quantity in another unit (a UCUM unit or a calendar word), or None when it cannot be converted."""
    calendar = unit in CALENDAR
    target = Quantity(Decimal(1), CALENDAR.get(unit, unit), calendar=calendar)
    if quantity.unit == target.unit and bool(quantity.calendar) == calendar:
        return Quantity(quantity.value, target.unit, calendar=calendar)
    if ucum_unit(target) in _TEMPERATURES or quantity.unit in _TEMPERATURES:
        return _convert_temperature(quantity, target)
    pair = common(quantity, target)
    if pair is None or isinstance(pair, bool):
        return None
    return Quantity(decimal(pair[0] / pair[1]), target.unit, calendar=calendar)


def _convert_temperature(quantity: Quantity, target: Quantity) -> Quantity | None:
    pair = common(quantity, Quantity(Decimal(0), "K"))
    if pair is None or isinstance(pair, bool):
        return None
    kelvins = pair[0]
    if target.unit in _TEMPERATURES:
        factor, offset = _TEMPERATURES[target.unit]
        return Quantity(decimal((kelvins - offset) / factor), target.unit)
    scale = measure(target.unit)
    return Quantity(decimal(kelvins / scale[0]), target.unit) if scale and scale[1] == (("K", 1),) else None


def decimal(value: Fraction) -> Decimal:
    """A fraction as a decimal of at most 28 digits, without needless zeroes."""
    result = (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
    return result.quantize(Decimal(1)) if result == result.to_integral_value() and abs(result) < 10**20 else result


def combined(left: str, right: str, sign: int) -> tuple[Fraction, str] | None:
    """The unit of a product (``sign`` 1) or a quotient (-1) and a factor on its value; None for an unknown unit."""
    one, other = terms(left), terms(right)
    if one is None or other is None or measure(left) is None or measure(right) is None:
        return None
    if {atom for atom, _ in one[1] + other[1]} & set(_TEMPERATURES):
        return None
    atoms = dict(one[1])
    for atom, exponent in other[1]:
        atoms[atom] = atoms.get(atom, 0) + sign * exponent
    text = ".".join(f"{atom}{power if power != 1 else ''}" for atom, power in sorted(atoms.items()) if power)
    return one[0] * other[0] ** sign, text or "1"
