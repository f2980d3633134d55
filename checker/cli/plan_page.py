"""What ``checker plan`` prints of a plan: the table of its probes and scans, and what is to be said beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from checker.engine.plan import Plan
from checker.model.terms import Safety
from checker.model.value import plain


def lines(plan: Plan) -> list[tuple[str, ...]]:
    """The table: a line for each probe, and one for each scan with what it looks at."""
    rows: list[tuple[str, ...]] = [("probe", "parameters", "class", "requests", "connections", "for")]
    for planned in plan.probes:
        rows.append(
            (
                planned.need.probe,
                short(plain(planned.need.params)),
                str(planned.spec.safety),
                str(planned.budget.requests),
                str(planned.budget.handshakes),
                first(planned.requirements),
            )
        )
    over: dict[str, Counter[str]] = {}
    for scan in plan.scans:
        over.setdefault(scan.scan, Counter())[scan.over] += 1
    return rows + [(f"scan {name}", passes(counted), "S0", "0", "0", "") for name, counted in over.items()]


def remarked(plan: Plan) -> list[str]:
    """What is written to the system, what is wrong on purpose, and what is left out and why; each once."""
    writes = [
        f"writes: {one.need.probe} {short(plain(one.need.params))}: "
        + one.spec.explain.partition("\n\n")[0].replace("\n", " ")
        for one in plan.probes
        if one.spec.safety >= Safety.S3
    ]
    wrong = [
        f"wrong on purpose: {count} requests to {where} with a credential that it must refuse (limit: "
        f"{plan.limits.wrong_credentials})"
        for count, where in (
            (plan.total.wrong_tokens, "the interface"),
            (plan.total.wrong_proofs, "the authorisation server"),
        )
        if count
    ]
    left_out = [f"left out: {key.partition(' ')[0]}: {shortfall.message}" for key, shortfall in plan.left_out.items()]
    return writes + wrong + list(dict.fromkeys(left_out))


_SHOWN = 3
"""So many names of a list are shown; the rest is counted."""


def first(names: Sequence[str]) -> str:
    """The first few names, and how many there are besides.

    >>> first(["A", "B", "C", "D", "E"])
    'A, B, C and 2 more'
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def passes(counted: Mapping[str, int]) -> str:
    """What a scan looks at, and for how many rules if for more than one.

    >>> passes({"export": 2, "exchanges": 1})
    'export (2), exchanges'
    """
    return ", ".join(f"{what} ({number})" if number > 1 else what for what, number in counted.items())


def short(params: dict[str, Any]) -> str:
    """Parameters in few words.

    >>> short({"type": "Patient", "count": 2})
    'type Patient, count 2'
    >>> short({"seek": {"type": "Slot", "through": ""}, "by": [{"name": "status"}, {"name": "start"}]})
    'seek Slot, by status, start'
    """
    return ", ".join(f"{name} {_word(value)}" for name, value in params.items() if value not in ("", [], (), None))


def _word(value: Any) -> str:
    """A parameter in few words: of a mapping what names it, of a list the first few."""
    if isinstance(value, dict):
        named = next((value[key] for key in ("name", "type", "path") if value.get(key)), "")
        return _word(named) if named else ", ".join(sorted(value))
    if isinstance(value, list | tuple):
        return first([_word(one) for one in value])
    return str(value)
