"""What a resource holds for a search parameter. Nothing here raises on odd input: what cannot be read is *open*.

Source: http://hl7.org/fhir/R4/search.html#ptypes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.fhir.search.parameters import Parameter, Path
from checker.fhir.search.spans import Span, period, span

_LOCAL = re.compile(
    r"(?:(?P<base>https?://.+)/)?(?P<type>[A-Z][A-Za-z]*)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/.+)?"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A code and its system. ``implied``: the element names no system, its binding does."""

    code: str
    system: str = ""
    implied: bool = False
    words: tuple[str, ...] = ()
    """Display and text beside it, which a server may search too."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text. ``part``: of a name or an address, of which a server may search some parts and not others."""

    text: str
    part: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it is written, with its unit."""

    value: float
    system: str = ""
    code: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to. ``base`` is "" for this server."""

    type: str
    id: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI."""

    uri: str


Held = Token | Text | Quantity | Target | Uri | Span


@dataclass(slots=True)
class Values:
    """The values; ``open``: there is also something that could not be read, or that servers read differently."""

    found: list[Held] = field(default_factory=list)
    open: bool = False


def values(parameter: Parameter, resource: Any, base: str) -> Values:
    """What the resource holds for the parameter; ``base`` is the URL of the server."""
    made = Values()
    for path in parameter.paths:
        for name, raw in _at(resource, path):
            read = list(_READ[parameter.kind](raw, path, name)) if parameter.kind in _READ else [None]
            for one in read:
                if one is None:
                    made.open = True
                elif isinstance(one, Target):
                    _add_target(made, one, path, base)
                else:
                    made.found.append(one)
    return made


def _add_target(made: Values, one: Target, path: Path, base: str) -> None:
    if not path.target or one.type == path.target:
        made.found.append(Target(one.type, one.id, "" if one.base == base else one.base))


def _at(resource: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """The values at a path, each with the name of its member; lists on the way are walked through."""
    level: list[tuple[str, Any]] = [("", resource)]
    for place, step in enumerate(path.steps):
        is_choice = path.choice and place == len(path.steps) - 1
        level = [one for _, each in level if isinstance(each, dict) for one in _members(each, step, is_choice)]
    for name, each in level:
        if not path.system or not isinstance(each, dict) or each.get("system") == path.system:
            yield name, each


def _members(held: dict[str, Any], step: str, is_choice: bool) -> Iterator[tuple[str, Any]]:
    names = (
        [name for name in held if name.startswith(step) and name[len(step) :][:1].isupper()] if is_choice else [step]
    )
    for name in names:
        value = held.get(name)
        if value is None and f"_{name}" in held:
            yield name, None  # only an extension says something of it: perhaps why it is absent
        elif value is not None:
            for one in value if isinstance(value, list) else [value]:
                yield name, one


def _tokens(raw: Any, path: Path, name: str) -> Iterator[Token | None]:
    if isinstance(raw, bool):
        yield Token("true" if raw else "false", implied=True)
    elif isinstance(raw, str):
        yield Token(raw, implied=path.steps != ("id",))
    elif isinstance(raw, dict):
        yield from _coded(raw)
    else:
        yield None


def _coded(raw: dict[str, Any]) -> Iterator[Token | None]:
    if "coding" in raw or "text" in raw:
        codings, text = raw.get("coding"), raw.get("text")
        words = (text,) if isinstance(text, str) else ()
        for one in codings if isinstance(codings, list) else []:
            yield from (_with(each, words) for each in _coded(one)) if isinstance(one, dict) else [None]
        if not codings:
            yield None  # text alone: a server may search it
        return
    code, system, display = raw.get("code", raw.get("value")), raw.get("system", ""), raw.get("display")
    if isinstance(code, str) and code and isinstance(system, str):
        is_contact = "code" not in raw and system and "://" not in system and not system.startswith("urn:")
        yield Token(
            code, "" if is_contact else system, bool(is_contact), (display,) if isinstance(display, str) else ()
        )
    else:
        yield None


def _with(token: Token | None, words: tuple[str, ...]) -> Token | None:
    return None if token is None else Token(token.code, token.system, token.implied, (*token.words, *words))


_PARTS = ("family", "given", "prefix", "suffix", "text", "line", "city", "district", "state", "postalCode", "country")


def _texts(raw: Any, path: Path, name: str) -> Iterator[Text | None]:
    if isinstance(raw, str):
        yield Text(raw)
    elif isinstance(raw, dict):
        for part in _PARTS:
            inner = raw.get(part)
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, str):
                    yield Text(one, part=True)
    else:
        yield None


def _spans(raw: Any, path: Path, name: str) -> Iterator[Span | None]:
    yield period(raw) if isinstance(raw, dict) and raw.keys() <= {"start", "end", "id", "extension"} else span(raw)


def _targets(raw: Any, path: Path, name: str) -> Iterator[Target | None]:
    literal = raw.get("reference") if isinstance(raw, dict) else raw
    found = _LOCAL.fullmatch(literal) if isinstance(literal, str) else None
    yield Target(found["type"], found["id"], found["base"] or "") if found else None


def _quantities(raw: Any, path: Path, name: str) -> Iterator[Quantity | None]:
    value = raw.get("value") if isinstance(raw, dict) else raw
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield None
    elif not isinstance(raw, dict):
        yield Quantity(float(value))
    elif raw.get("comparator"):
        yield None
    else:
        words = [raw.get(key) if isinstance(raw.get(key), str) else "" for key in ("system", "code", "unit")]
        yield Quantity(float(value), *map(str, words))


def _uris(raw: Any, path: Path, name: str) -> Iterator[Uri | None]:
    yield Uri(raw) if isinstance(raw, str) else None


_READ: dict[str, Callable[[Any, Path, str], Iterator[Held | None]]] = {
    "token": _tokens,
    "string": _texts,
    "date": _spans,
    "reference": _targets,
    "quantity": _quantities,
    "number": _quantities,
    "uri": _uris,
}
