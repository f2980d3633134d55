"""The form of one JSON object against the base type: which properties it may have, and of which shape.

One call looks at one object: at its property names, at arrays where arrays belong, and at the ``_`` companions of its
primitives. What stands in the properties is looked at when their own turn comes. A resource that was read from XML
has the same model, so that everything here holds for it too.

Severities are those of HL7's validator. It accepts a ``_`` array that is shorter or longer than its values: that is
a warning here, since what belongs together can still be told.

Source: http://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from typing import Any

from checker.fhir.definitions.ir import Element, ElementType
from checker.fhir.forms.quoted import quoted, sentence, shown
from checker.fhir.forms.structure_rules import (
    ABSTRACT,
    ARRAY,
    CHOICE_SEVERAL,
    CHOICE_TYPE,
    COMMENTS,
    COMPANION,
    COMPANION_LENGTH,
    EMPTY_ARRAY,
    EMPTY_OBJECT,
    NO_TYPE,
    NULL,
    OBJECT,
    PRIMITIVE,
    SINGLE,
    UNKNOWN,
    UNKNOWN_TYPE,
)
from checker.fhir.instance import Key, Node, Types
from checker.fhir.validation.issue import Issue
from checker.fhir.validation.rule import Rule
from checker.fhir.validation.run import Run

_MISSING = object()
_NEAR = "names that were meant"
_MAX_NEAR = 300


def check_object(run: Run, node: Node) -> None:
    """Check the form of the object that is the node's value. Other values are the business of the object above."""
    value = node.value
    if not isinstance(value, dict) or (_is_primitive(node.type) and not node.is_resource):
        return
    if node.is_resource and not _resource_type(run, node, value):
        return
    shape = node.shape
    if shape is None:
        return
    if not value:
        _say(run, node, EMPTY_OBJECT, "An object without any property stands here: leave it out")
        return
    choices: dict[str, str] = {}
    for key, item in value.items():
        if key == "resourceType" and node.is_resource:
            continue
        name = key[1:] if key.startswith("_") else key
        entry = shape.keys.get(name)
        if entry is None:
            _unknown(run, node, shape, key)
            continue
        element, kind = entry
        if name is not key and not _may_have_companion(run, node, element, kind, key):
            continue
        if element.choice and choices.setdefault(element.name, name) != name:
            _several(run, node, element, choices[element.name], name)
            choices[element.name] = name
        if name is key:
            _member(run, _Member(node, element, kind, key), item, value.get("_" + key, _MISSING))
        elif name not in value:
            _member(run, _Member(node, element, kind, name), _MISSING, item)


def _resource_type(run: Run, node: Node, value: dict[str, Any]) -> bool:
    """Whether the object says what resource it is."""
    kind = value.get("resourceType")
    if not isinstance(kind, str):
        if "resourceType" not in value:
            message = "'resourceType' is missing: nothing tells what resource this is"
        else:
            message = f"'resourceType' is {_kind(kind)}, not a text"
        _say(run, node, NO_TYPE, message)
        return False
    structure = run.tree.types.type(kind) if kind else None
    if structure is None or structure.kind != "resource":
        near = kind[:1].upper() + kind[1:]
        other = run.tree.types.type(near) if near != kind else None
        if structure is not None:
            message = f"{quoted(kind)} is a data type, not a resource"
        elif other is not None and other.kind == "resource":
            message = f"There is no resource {quoted(kind)}; '{near}' is meant, it seems"
        else:
            message = f"There is no resource {quoted(kind)} in FHIR R4"
        _say(run, node, UNKNOWN_TYPE, message, found=shown(kind))
        return False
    if structure.abstract:
        _say(run, node, ABSTRACT, f"'{kind}' is abstract: no instance of it can exist", found=kind)
    return True


# ---- names


def _unknown(run: Run, node: Node, shape: Element, key: str) -> None:
    if key == "fhir_comments":
        _say(run, node, COMMENTS, "'fhir_comments' was a property of DSTU2 and is none of R4", ".fhir_comments", (key,))
        return
    owner = node.type if node.type not in ("BackboneElement", "Element") else shape.path
    name = key.removeprefix("_")
    foreign = foreign_choice(run.tree.types, shape, name)
    if foreign is not None:
        choice, code, message = foreign
        place = f".{choice.plain_name}" + (f".ofType({code})" if code else "")
        allowed = ", ".join(kind.code for kind in choice.types)
        _say(run, node, CHOICE_TYPE, f"{owner}: {message}", place, (key,), found=code, allowed=allowed, by=choice)
        return
    meant = near_name(run.seen.setdefault(_NEAR, {}), name, shape)
    message = f"{owner} has no property {quoted(key)}" + (f"; '{meant}' is meant, it seems" if meant else "")
    fix = f"Write '{meant}', or take the property out." if meant else None
    _say(run, node, UNKNOWN, message, f".{shown(name)}", (key,), found=shown(key), fix=fix)


def foreign_choice(types: Types, shape: Element, name: str) -> tuple[Element, str | None, str] | None:
    """The choice element that an unknown name is meant for, the type that the name tells, and what is wrong.

    ``performedInstant`` is meant for ``performed[x]``, and instant is none of its types.
    """
    choice = None
    for plain, element in shape.members.items():
        fits = name == plain or (name.startswith(plain) and name[len(plain)].isupper())
        if element.choice and element.types and fits and (choice is None or len(plain) > len(choice.plain_name)):
            choice = element
    if choice is None:
        return None
    called = f"{choice.plain_name}[x]"
    rest = name[len(choice.plain_name) :]
    if not rest:
        whole = name + _capital(choice.types[0].code)
        return choice, None, f"'{name}' stands without its type; '{whole}' is one that may"
    code = next((each for each in (rest, rest[:1].lower() + rest[1:]) if types.type(each) is not None), None)
    if code is None:
        return None
    allowed = ", ".join(kind.code for kind in choice.types[:8]) + (" and others" if len(choice.types) > 8 else "")
    return choice, code, f"{called} may not be of type {code}, only {allowed}"


def near_name(asked: dict[tuple[str, str], str | None], name: str, shape: Element) -> str | None:
    """The element that was meant, it seems. ``asked`` keeps the answers: a few hundred at most, since it is slow."""
    where = (shape.path, name)
    if where not in asked:
        if len(asked) >= _MAX_NEAR or len(name) > 60:
            return None
        by_lower = {other.lower(): other for other in shape.keys}
        found = by_lower.get(name.lower())
        if found is None:
            from difflib import get_close_matches  # only needed to say something

            found = next(iter(get_close_matches(name, shape.keys, 1, 0.75)), None)
        asked[where] = found
    return asked[where]


def _several(run: Run, node: Node, element: Element, one: str, other: str) -> None:
    message = f"'{one}' and '{other}' stand here together; only one {element.plain_name}[x] is allowed"
    _say(run, node, CHOICE_SEVERAL, message, "." + element.plain_name, (other,), found=f"{one}, {other}", by=element)


def _may_have_companion(run: Run, node: Node, element: Element, kind: ElementType, key: str) -> bool:
    # The id of a resource is an element in XML and may have extensions; what is an attribute there has none.
    if _is_primitive(kind.code) and "xmlAttr" not in element.representation and kind.code != "xhtml":
        return True
    name = key[1:]
    if _is_primitive(kind.code):
        message = f"'{name}' takes no extensions, so there is no '{key}'"
    else:
        message = f"'{key}' stands here, but '{name}' is no primitive: its extensions stand within it"
    _say(run, node, COMPANION, message, f".{name}", (key,), by=element)
    return False


# ---- shapes


class _Member:
    """A property of an object: where it is, and what the definition says."""

    __slots__ = ("element", "key", "kind", "node", "primitive")

    def __init__(self, node: Node, element: Element, kind: ElementType, key: str) -> None:
        self.node = node
        self.element = element
        self.kind = kind
        self.key = key
        self.primitive = _is_primitive(kind.code)

    def say(self, run: Run, rule: Rule, message: str, index: int | None = None, *, companion: bool = False) -> None:
        place = f".{self.element.plain_name}" + (f"[{index}]" if index is not None else "")
        if self.element.choice:
            place += f".ofType({self.kind.code})"
        key = "_" + self.key if companion else self.key
        keys: tuple[Key, ...] = (key,) if index is None else (key, index)
        _say(run, self.node, rule, message, place, keys, by=self.element)


def _member(run: Run, member: _Member, value: Any, extra: Any) -> None:
    """Check the shape of a property and of its companion; either may be missing."""
    name = member.key
    if value is None:
        member.say(run, NULL, f"'{name}' is null: leave it out when there is no value")
        value = _MISSING
    if extra is None:
        member.say(run, NULL, f"'_{name}' is null: leave it out when there are no extensions", companion=True)
        extra = _MISSING
    if member.element.is_list:
        values = _items(run, member, value, companion=False)
        extras = _items(run, member, extra, companion=True)
        if values is not None and (extras is not None or extra is _MISSING):
            _array(run, member, values, extras)
        elif value is _MISSING and extras is not None:
            _array(run, member, None, extras)
        return
    if isinstance(value, list):
        member.say(run, SINGLE, f"'{name}' does not repeat: a single value stands there, not an array")
    elif value is not _MISSING:
        _value(run, member, value, None)
    if isinstance(extra, list):
        member.say(run, SINGLE, f"'_{name}' does not repeat: an object stands there, not an array", companion=True)
    elif extra is not _MISSING:
        _companion(run, member, extra, None)


def _items(run: Run, member: _Member, value: Any, *, companion: bool) -> list[Any] | None:
    """The items of an array, or None after a word on what stands in its place."""
    if value is _MISSING:
        return None
    name = "_" + member.key if companion else member.key
    if not isinstance(value, list):
        member.say(run, ARRAY, f"'{name}' repeats, so it is an array; {_kind(value)} stands there", companion=companion)
        return None
    if not value:
        member.say(run, EMPTY_ARRAY, f"'{name}' is an empty array: leave it out", companion=companion)
    return value


def _array(run: Run, member: _Member, values: list[Any] | None, extras: list[Any] | None) -> None:
    values, name = values if values is not None else [], member.key
    if values and extras and len(values) != len(extras):
        message = f"'{name}' has {len(values)} items and '_{name}' has {len(extras)}: null fills the gaps"
        member.say(run, COMPANION_LENGTH, message, companion=True)
    for index in range(max(len(values), len(extras or ()))):
        value = values[index] if index < len(values) else None
        extra = extras[index] if extras is not None and index < len(extras) else None
        if value is None and extra is None:
            if member.primitive:
                message = f"Item {index} is null, and '_{name}' has nothing for it either"
            else:
                message = f"Item {index} of '{name}' is null: leave it out"
            member.say(run, NULL, message, index)
        if value is not None:
            _value(run, member, value, index)
        if extra is not None:
            _companion(run, member, extra, index)


def _value(run: Run, member: _Member, value: Any, index: int | None) -> None:
    if member.primitive:
        if isinstance(value, dict | list):
            message = f"'{member.key}' is a {member.kind.code}, a single value; {_kind(value)} stands there"
            member.say(run, PRIMITIVE, message, index)
    elif not isinstance(value, dict):
        message = f"'{member.key}' is a {member.kind.code}, an object; {_kind(value)} stands there"
        member.say(run, OBJECT, message, index)


def _companion(run: Run, member: _Member, extra: Any, index: int | None) -> None:
    name = "_" + member.key
    if not isinstance(extra, dict):
        message = f"'{name}' is an object with id and extension; {_kind(extra)} stands there"
        member.say(run, OBJECT, message, index, companion=True)
        return
    if not extra:
        member.say(run, EMPTY_OBJECT, f"'{name}' is an empty object: leave it out", index, companion=True)
        return
    base = run.tree.types.type("Element")
    known = base.root.keys if base is not None else {}
    for key, item in extra.items():
        if key in known:
            element, kind = known[key]
            inner = _Inner(member, element, kind, key, index)
            _member(run, inner, item, _MISSING)
        else:
            what = quoted(key)
            message = f"'{name}' has only id and extension; {what} stands there"
            keys = (name, key) if index is None else (name, index, key)
            place = f".{member.element.plain_name}" + (f"[{index}]" if index is not None else "")
            if member.element.choice:
                place += f".ofType({member.kind.code})"
            rule = COMMENTS if key == "fhir_comments" else UNKNOWN
            _say(run, member.node, rule, message, f"{place}.{shown(key)}", keys, found=shown(key))


class _Inner(_Member):
    """A property of a companion: it has no node of its own that tells the place."""

    __slots__ = ("index", "outer")

    def __init__(self, outer: _Member, element: Element, kind: ElementType, key: str, index: int | None) -> None:
        super().__init__(outer.node, element, kind, key)
        self.outer = outer
        self.index = index

    def say(self, run: Run, rule: Rule, message: str, index: int | None = None, *, companion: bool = False) -> None:
        outer = self.outer
        place = f".{outer.element.plain_name}" + (f"[{self.index}]" if self.index is not None else "")
        if outer.element.choice:
            place += f".ofType({outer.kind.code})"
        place += f".{self.key}" + (f"[{index}]" if index is not None else "")
        keys: list[Key] = ["_" + outer.key]
        keys += [self.index] if self.index is not None else []
        keys += [self.key] if index is None else [self.key, index]
        _say(run, outer.node, rule, message, place, tuple(keys), by=self.element)


# ---- words and places


def _is_primitive(code: str) -> bool:
    """FHIR writes the codes of primitive types with a small first letter, all others with a capital."""
    return code[:1].islower()


def _capital(code: str) -> str:
    return code[:1].upper() + code[1:]


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return "a boolean"
    return f"the text {quoted(value)}" if isinstance(value, str) else "a number"


def _say(
    run: Run,
    node: Node,
    rule: Rule,
    message: str,
    place: str = "",
    keys: tuple[Key, ...] = (),
    *,
    by: Element | None = None,
    found: str | None = None,
    allowed: str | None = None,
    fix: str | None = None,
) -> None:
    """Report below a node where the location and the way through the JSON differ (``ofType``, odd names)."""
    if run.errors >= run.options.max_issues:  # warnings never hide an error
        return
    issue = Issue(
        rule=rule.id,
        severity=rule.severity,
        code=rule.code,
        path=node.path + place,
        message=sentence(message),
        definition=by.structure if by is not None else None,
        element=by.id if by is not None else None,
        found=found,
        allowed=allowed,
        fix=fix if fix is not None else rule.fix,
    )
    run.add(issue, (*node.json_path, *keys))
