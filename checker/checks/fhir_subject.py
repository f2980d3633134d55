"""What a row on conformance speaks of, and whether a resource holds any of it.

A pass needs something examined. A resource that has nothing of what a row speaks of says nothing about it: a patient
without any extension does not show that no retired one is used. What a row speaks of follows from what it declares
(:class:`Names`: places, slices, extensions, constraints), or is said by the row itself in FHIRPath.
Rows are written for the definitions that ship with the checker, so names are looked up there, whatever is judged by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from checker.checks.fhir_judging import shipped
from checker.checks.fhir_looked import Looked

if TYPE_CHECKING:
    from checker.fhir.definitions.ir import Element

EXTENSION = "Extension"
"""The word for any extension, wherever it stands."""
_HOMES = ("https://fhir.hl7.org.uk/StructureDefinition/", "http://hl7.org/fhir/StructureDefinition/")
_UK_CORE = f"{_HOMES[0]}UKCore-"
_TYPE = re.compile(r"[A-Z][A-Za-z]*")
_SLICE = re.compile(r":[^.]+")
_MOST_KEPT = 1_000


class Judged(Protocol):
    """What is asked of a resource's judgement: of its ``Said``, or of its class (``Alike``)."""

    @property
    def asked(self) -> tuple[str, ...]: ...  # noqa: D102 - described by Said
    @property
    def canonicals(self) -> frozenset[str]: ...  # noqa: D102


Asked = Callable[[Looked], bool]


class Held(NamedTuple):
    """Does a resource hold any of what is spoken of?

    ``of``: resource type, and by what resources of it were judged → yes or no for all of them, or what has to be asked
    of each.
    """

    of: Callable[[str, Judged], Asked | bool]

    def holds(self, resource: Looked, judged: Judged) -> bool:
        """Does this one, judged by that?"""
        asked = self.of(resource.kind, judged)
        return asked if isinstance(asked, bool) else asked(resource)


class Names(Protocol):
    """The members of :class:`checker.checks.fhir_conforms.About` that name something in a resource."""

    @property
    def path(self) -> tuple[str, ...]: ...  # noqa: D102 - described by About
    @property
    def element(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def definition(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def constraint(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def rule(self) -> tuple[str, ...]: ...  # noqa: D102


def spoken_of(holding: tuple[str, ...], only: tuple[Names, ...]) -> Held:
    """Whether a resource holds anything that a row speaks of.

    One of ``only`` has to be met, by all that it names: something stands at a ``path`` or in an ``element`` (in its
    slice, where the id has one); an extension named by ``definition`` stands somewhere, or the resource was held
    against the definition; the context of a ``constraint`` is there, in a definition that the resource was held
    against. What names nothing but rules speaks of every resource; a row without ``only``, or with one that names
    nothing, of what UK Core or ``meta.profile`` has a StructureDefinition for. Besides, where ``holding`` is given,
    one of that: FHIRPath that begins with a resource type, the name of the definition of an extension, or
    ``Extension`` for any.

    Raises ``ValueError`` for a place, slice, definition or constraint that there is not.
    """
    met = _any(tuple(_about(one) for one in only)) if only else _HELD_AGAINST_SOME
    return _all((_any(tuple(_held(one) for one in holding)), met)) if holding else met


@cache
def no_such_name(name: str) -> str:
    """Why nothing can ever stand at a FHIRPath, element id or name of an extension; "" if it may.

    >>> no_such_name("Patient.communication.language"), no_such_name("Extension-UKCore-BirthSex")
    ('', '')
    >>> no_such_name("Patient.comunication")
    "'Patient.comunication': comunication is no element of Patient"
    """
    from checker.fhir.fhirpath import FHIRPathSyntaxError, parse
    from checker.fhir.fhirpath.analyse import problems

    if name == EXTENSION or _is_extension(name):
        return ""
    begins = _TYPE.match(name)
    kind = shipped().type(begins[0]) if begins else None
    if kind is None or kind.kind != "resource":
        return f"{name!r} begins with no resource type, and is the name of no extension"
    try:
        path = name if "'" in name else _SLICE.sub("", name).replace("[x]", "")
        said = problems(parse(path), kind.type, shipped())
    except FHIRPathSyntaxError as error:
        return f"{name!r} is no FHIRPath: {error}"
    return f"{name!r}: {'; '.join(said)}" if said else ""


@cache
def no_such_definition(name: str) -> str:
    """Why a name is that of no definition; "" if it is the end of a canonical of UK Core or R4."""
    return "" if _canonical(name) else f"neither UK Core nor R4 has a StructureDefinition {name!r}"


@cache
def no_such_constraint(key: str) -> str:
    """Why a key is that of no constraint on resources; "" if UK Core or R4 has it."""
    known = any(key in _constraints(place) for place in range(len(shipped().embedded)))
    return "" if known else f"neither UK Core nor R4 states a constraint {key!r} on resources"


@cache
def no_such_rule(name: str) -> str:
    """Why a name is that of no rule; "" if the validator has it. Loads every module of rules: not for each resource."""
    from checker.fhir.validation.pages import all_rules

    return "" if name in all_rules() else f"the validator has no rule {name!r}"


@cache
def _constraints(place: int) -> frozenset[str]:
    """The keys of the constraints that the definitions of resources in an embedded package state."""
    provider = shipped().embedded[place]
    held = (provider.load(entry) or {} for entry in provider.entries("StructureDefinition"))
    stated = (one.get("snapshot") or one.get("differential") or {} for one in held if one.get("kind") == "resource")
    elements = (element for one in stated for element in one.get("element", ()))
    return frozenset(one["key"] for element in elements for one in element.get("constraint", ()))


def _canonical(name: str) -> str:
    return next((home + name for home in _HOMES if shipped().has(home + name, "StructureDefinition")), "")


def _is_extension(name: str) -> bool:
    if not (url := _canonical(name)):
        return False
    found = (one for provider in shipped().embedded for one in provider.find(url, "StructureDefinition"))
    return any(entry.type == EXTENSION for entry in found)


# What a row declares, as questions to a resource ---------------------------------------------


def _any(ways: tuple[Held, ...]) -> Held:
    if len(ways) == 1:
        return ways[0]

    def of(kind: str, judged: Judged) -> Asked | bool:
        found = [one.of(kind, judged) for one in ways]
        if True in found:
            return True
        asked = tuple(one for one in found if not isinstance(one, bool))
        if len(asked) < 2:
            return asked[0] if asked else False
        return lambda resource: any(one(resource) for one in asked)

    return Held(of)


def _all(ways: tuple[Held, ...]) -> Held:
    if len(ways) == 1:
        return ways[0]

    def of(kind: str, judged: Judged) -> Asked | bool:
        found = [one.of(kind, judged) for one in ways]
        if False in found:
            return False
        asked = tuple(one for one in found if not isinstance(one, bool))
        if len(asked) < 2:
            return asked[0] if asked else True
        return lambda resource: all(one(resource) for one in asked)

    return Held(of)


def _about(names: Names) -> Held:
    asked = []
    if names.definition:
        asked.append(_any(tuple(_defined(one) for one in names.definition)))
    if names.path:
        asked.append(_any(tuple(_held(one) for one in names.path)))
    if names.element:
        asked.append(_any(tuple(_held(_path_of(one)) for one in names.element)))
    if names.constraint:
        asked.append(_any(tuple(_with_context(one) for one in names.constraint)))
    if asked:
        return _all(tuple(asked))
    return _ALWAYS if names.rule else _HELD_AGAINST_SOME


_ALWAYS = Held(lambda kind, judged: True)
_HELD_AGAINST_SOME = Held(lambda kind, judged: bool(judged.asked) or bool(judged.canonicals))


def _defined(name: str) -> Held:
    if _is_extension(name):
        return _held(name)
    url = _checked(no_such_definition(name), _canonical(name))
    return Held(lambda kind, judged: url in judged.asked or url in judged.canonicals)


def _held(name: str) -> Held:
    _checked(no_such_name(name), name)
    if name == EXTENSION:
        return Held(lambda kind, judged: _has_extensions)
    if _is_extension(name):
        url = _canonical(name)
        has = partial(_has_extension, url)
        return Held(lambda kind, judged: has)
    begins = _TYPE.match(name)
    wanted = begins[0] if begins is not None else ""
    stands = partial(_stands, name)
    return Held(lambda kind, judged: stands if kind == wanted else False)


def _with_context(key: str) -> Held:
    _checked(no_such_constraint(key), key)
    known: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}

    def of(kind: str, judged: Judged) -> Asked | bool:
        asked = (kind, judged.asked)
        paths = known.get(asked)
        if paths is None:
            urls = (_HOMES[1] + kind, *judged.asked)
            found = dict.fromkeys(path for url in urls for path in _contexts(url, key))
            paths = tuple(path for path in found if path.partition(".")[0] == kind)
            if len(known) < _MOST_KEPT:
                known[asked] = paths
        if kind in paths:
            return True
        return (lambda resource: any(_stands(path, resource) for path in paths)) if paths else False

    return Held(of)


def _checked(problem: str, value: str) -> str:
    if problem:
        raise ValueError(problem)
    return value


@cache
def _contexts(url: str, key: str) -> tuple[str, ...]:
    """The paths of the elements that a constraint is stated on."""
    found = shipped().structure(url)
    at = _elements(found.root) if found is not None else ()
    paths = (one.path.replace("[x]", "") for one in at if any(each.key == key for each in one.constraints))
    return tuple(dict.fromkeys(paths))


def _elements(root: Element) -> Iterator[Element]:
    waiting, met = [root], set()
    while waiting:
        element = waiting.pop()
        if id(element) in met:  # what may hold itself: items of a Questionnaire
            continue
        met.add(id(element))
        yield element
        waiting += [*element.slices, *element.children.values()]


@cache
def _path_of(id: str) -> str:
    """An element id as FHIRPath: its slices by the values or the extension by which they are told apart."""
    id = id.replace("[x]", "")
    if ":" not in id:
        return id
    names = id.split(".")
    found = shipped().structure(_UK_CORE + names[0])
    element = found.root if found is not None else None
    path = names[0]
    for each in names[1:]:
        name, _, slice_name = each.partition(":")
        parent = element.members.get(name) if element is not None else None
        element = next((one for one in parent.slices if one.slice_name == slice_name), None) if parent else None
        element = element if slice_name else parent
        if parent is None or element is None:
            raise ValueError(f"UK Core has no element {id!r}")
        path += f".{name}" if element is parent else _sliced(name, element, parent)
    return path


def _sliced(name: str, element: Element, parent: Element) -> str:
    if name == "extension" and element.types and element.types[0].profiles:
        return f".extension('{element.types[0].profiles[0].partition('|')[0]}')"
    demands = []
    for discriminator in parent.slicing.discriminators if parent.slicing is not None else ():
        at = element.members.get(discriminator.path)
        value = (at.fixed or at.pattern) if at is not None else None
        if value is None or not isinstance(value.value, str) or "'" in value.value:
            raise ValueError(f"say with 'holding' what the slice {element.id!r} is told apart by")
        demands.append(f"{discriminator.path} = '{value.value}'")
    return f".{name}.where({' and '.join(demands)})"


# Resources -----------------------------------------------------------------------------------


def _has_extensions(resource: Looked) -> bool:
    return bool(resource.extensions)


def _has_extension(url: str, resource: Looked) -> bool:
    return url in resource.extensions


def _stands(path: str, resource: Looked) -> bool:
    """Does something stand at a FHIRPath? A resource of another type, or of a form that cannot be read, has nothing."""
    found: bool | None = resource.held.get(path)
    if found is None:
        kind = path.partition(".")[0]
        found = resource.held[path] = resource.kind == kind and (kind == path or _finder(path)(resource.node))
    return found


@cache
def _finder(path: str) -> Callable[[dict[str, Any]], bool]:
    """FHIRPath as a function over JSON; interpreted where it cannot be compiled."""
    from checker.fhir.fhirpath import Environment, FHIRPathError, evaluate, parse
    from checker.fhir.fhirpath.compiler import compile_boolean
    from checker.fhir.instance import Tree

    known = shipped()
    kind = known.type(path.partition(".")[0])
    compiled = compile_boolean(f"({path}).exists()", kind.root, known) if kind is not None else None
    if compiled is not None:
        return lambda resource: compiled(resource) is True
    parsed, environment = parse(path), Environment(types=known)

    def finds(resource: dict[str, Any]) -> bool:
        try:
            return bool(evaluate(parsed, [Tree(resource, known).root], environment))
        except (FHIRPathError, RecursionError):
            return False

    return finds
