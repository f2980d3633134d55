"""Objects inside others, judged within the function of the outer one.

That saves a call and the look-up of a function for each; it is done for shapes that are often met, with an object of
the shape as the sample: what is inside another one is expected to be like what is inside that. An object that is not
like it goes to the function of its own shape.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checker.fhir.fast.clean import NOTHING, Dirty
from checker.fhir.fast.coded import UNITS, Judge
from checker.fhir.fast.scalars import is_decimal
from checker.fhir.fast.site import Site
from checker.fhir.fast.writing import Writer

if TYPE_CHECKING:
    from checker.fhir.fast.values import Value

_DEEPEST = 3
_MOST_KEYS = 8
_CONCEPTS = ({"coding"}, {"coding", "text"})
_MOST_ALIKE = 2
"""How many shapes of the items of one array stand in the function."""


def called(w: Writer, site: Site, v: str) -> str:
    """The code that judges an object by the function of its shape."""
    return f"({w.name(site.get)}(tuple({v})) or {w.name(site.made)}({v}))({v}, c)"


def written(value: Value, indent: int, v: str, site: Site) -> bool:
    """Write the checks of a complex value here; False where it has to be judged by a function of its own."""
    w = value.w
    if site.kind == "Extension":
        return False
    samples = _samples(value.sample)
    if not samples or not w.often or w.inside >= _DEEPEST:
        w.unfolded = w.unfolded or (bool(samples) and not w.often)
        return False
    folded = len(samples) == 1
    lines, count = len(w.lines), w.count
    w.inside += 1
    try:
        for at, sample in enumerate(samples):
            w.add(indent, f"{'elif' if at else 'if'} len({v}) == {len(sample)}:")
            _like(w, indent + 1, v, site, sample, folded)
    except Dirty:
        del w.lines[lines:]
        w.count = count
        return False
    finally:
        w.inside -= 1
    w.add(indent, f"else: n += {called(w, site, v)} - {w.count - count}")
    return True


def _samples(found: Any) -> list[dict[str, Any]]:
    """Objects of different lengths among the samples; none where one is no plain object."""
    alike: dict[int, dict[str, Any]] = {}
    for one in found if found.__class__ is list else [found]:
        if one.__class__ is not dict or not one:
            return []
        if len(one) <= _MOST_KEYS and len(alike) < _MOST_ALIKE:
            alike.setdefault(len(one), one)
    return list(alike.values())


def _like(w: Writer, indent: int, v: str, site: Site, sample: dict[str, Any], folded: bool) -> None:
    """Write the checks of an object with as many properties as the sample.

    ``folded``: its names and texts are counted beforehand, as of what is expected.
    """
    from checker.fhir.fast.emit import write

    variables = {name: w.fresh() for name in sample}
    w.add(indent, "try: " + "; ".join(f"{variable} = {v}[{w.name(name)}]" for name, variable in variables.items()))
    w.add(indent, f"except KeyError: n += {called(w, site, v)}")
    at = len(w.lines) - 1
    w.add(indent, "else:")
    base, holder, count = w.base, w.holder, w.count
    w.base, w.holder = w.base + indent + 1, v
    try:
        write(site, w, sample, variables)
        w.add(0, "pass" if folded else f"n += {w.count - count}")
    finally:
        w.base, w.holder = base, holder
    if folded:
        w.lines[at] += f" - {w.count - count}"
    else:
        w.count = count


def concept(value: Value, indent: int, v: str, judge: Judge) -> bool:
    """Write the checks of a CodeableConcept with one coding like that of the sample; False where there is none."""
    w, sample = value.w, value.sample
    if sample.__class__ is list and sample:
        sample = sample[0]
    if sample.__class__ is not dict or set(sample) not in _CONCEPTS:
        return False
    codings = sample["coding"]
    if codings.__class__ is not list or len(codings) != 1 or codings[0].__class__ is not dict:
        return False
    names = tuple(sorted(codings[0], key="code".__ne__))  # the code first: it tells most of them
    if not 0 < len(names) <= _MOST_KEYS or any(codings[0][name].__class__ is not str for name in names):
        return False
    if not w.often:
        w.unfolded = True
        return False
    known, learn = judge.alike(names)
    x, y, told, same = w.fresh(), w.fresh(), w.fresh(), w.fresh()
    others = [w.fresh() for _ in names[1:]]
    plain = w.once("plain", "c.language is None")
    w.add(indent, "try:")
    w.add(indent + 1, f"({x},) = {v}['coding']")
    w.add(indent + 1, f"{', '.join([told, *others])}, = {w.name(known)}[{x}[{w.name(names[0])}]]")
    alike = [f"{x}[{w.name(name)}] == {other}" for name, other in zip(names[1:], others, strict=True)]
    w.add(indent + 1, f"{same} = {' and '.join(alike) or True}")
    usual = f"{same} and {plain} and len({x}) == {len(names)} and len({v}) == {len(sample)}"
    if "text" in sample:
        w.add(indent + 1, f"{y} = {v}['text']")
        texts, look = value.build.texts("string")
        usual += f" and ({y} in {w.name(texts)} or {w.name(look)}({y}))"
    w.add(indent, f"except (KeyError, ValueError, TypeError): n += {w.name(learn)}({v}, c)")
    at = len(w.lines) - 1
    w.add(indent, "else:")
    w.add(indent + 1, f"if {usual}:")
    w.add(indent + 2, f"if {told} is not {w.name(NOTHING)}: c.said.append(({told}, {v}, '', ()))")
    w.add(indent + 1, f"else: n += {w.name(learn)}({v}, c)")
    count = len(sample) + ("text" in sample) + 2 * len(names)
    w.lines[at] += f" - {count}"
    w.lines[-1] += f" - {count}"
    w.count += count
    return True


def quantity(value: Value, indent: int, v: str, judge: Judge) -> bool:
    """Write the checks of a Quantity with a unit like that of the sample; False where there is none."""
    w, sample = value.w, value.sample
    if sample.__class__ is not dict or sample.keys() != set(UNITS):
        return False
    if not w.often:
        w.unfolded = True
        return False
    d, s, told, unit, system, same = (w.fresh() for _ in range(6))
    names = [w.name(name) for name in UNITS]
    w.add(indent, "try:")
    w.add(indent + 1, f"{d} = {v}[{names[0]}]")
    w.add(indent + 1, f"{told}, {unit}, {system} = {w.name(judge.units)}[{v}[{names[3]}]]")
    w.add(indent + 1, f"{same} = {v}[{names[1]}] == {unit} and {v}[{names[2]}] == {system}")
    w.add(indent, f"except (KeyError, TypeError): n += {w.name(judge.measured)}({v}, c) - 7")
    w.add(indent, "else:")
    short = f"{d}.__class__ is {w.name(Decimal)} and len({s} := str({d})) < 19 and 'E' not in {s}"
    w.add(indent + 1, f"if {same} and len({v}) == 4 and ({short} or {w.name(is_decimal)}({d})):")
    w.add(indent + 2, f"if {told} is not {w.name(NOTHING)}: c.said.append(({told}, {v}, '', ()))")
    w.add(indent + 1, f"else: n += {w.name(judge.measured)}({v}, c) - 7")
    w.count += 7
    return True
