"""From a StructureDefinition with a snapshot to the compiled tree.

Two invariants are left out on purpose: ``ele-1`` and ``ext-1`` stand on nearly every element (13,410 of
14,750 occurrences in R4 core) and the validator states them once, by hand.

Source: http://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from checker.fhir.definitions.ir import (
    Binding,
    Constraint,
    Context,
    Discriminator,
    Element,
    ElementType,
    Primitive,
    Slicing,
    Structure,
    TypedValue,
    ValueLimits,
)

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_TYPE_SUPPORT = _EXT + "elementdefinition-type-must-support"
_FHIR_TYPE = _EXT + "structuredefinition-fhir-type"
_REGEX = _EXT + "regex"
_MIN_LENGTH = _EXT + "minLength"
_MAX_DECIMALS = _EXT + "maxDecimalPlaces"
_MAX_VALUE_SET = _EXT + "elementdefinition-maxValueSet"
_MIN_VALUE_SET = _EXT + "elementdefinition-minValueSet"
_BEST_PRACTICE = _EXT + "elementdefinition-bestpractice"
_SYSTEM = "http://hl7.org/fhirpath/System."

BY_HAND = frozenset({"ele-1", "ext-1"})
"""Invariants that the validator states itself for every element."""


Content = Callable[[str, str], Element | None]
"""Finds the element of another StructureDefinition: its url, the element's id."""


def lower(definition: Mapping[str, Any], content: Content = lambda url, identity: None) -> Structure:
    """Compile a StructureDefinition that has a snapshot.

    ``content`` finds what a content reference to another StructureDefinition points to: in a constraint on
    Questionnaire, what an item holds below is the item of Questionnaire itself, not the constrained one.

    What cannot be understood of it becomes a problem in words; the rest is used. Raises ``ValueError`` when
    there is no snapshot, or nothing in it can be read.
    """
    url = _text(definition.get("url")) or ""
    problems: list[str] = []
    snapshot = definition.get("snapshot")
    listed = snapshot.get("element") if isinstance(snapshot, Mapping) else None
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    if not rows:
        raise ValueError(f"the StructureDefinition {url or '(no url)'} has no snapshot")
    root = _tree(rows, url, problems, content)
    kind = _text(definition.get("kind")) or "resource"
    return Structure(
        url=url,
        version=_text(definition.get("version")),
        name=_text(definition.get("name")) or url.rpartition("/")[2],
        kind=kind,
        type=_type_name(definition, root),
        root=root,
        abstract=definition.get("abstract") is True,
        derivation=_text(definition.get("derivation")),
        base=_text(definition.get("baseDefinition")),
        status=_text(definition.get("status")),
        contexts=tuple(_contexts(definition)),
        context_invariants=tuple(t for t in _list(definition.get("contextInvariant")) if isinstance(t, str)),
        primitive=_primitive(rows) if kind == "primitive-type" else None,
        problems=tuple(problems),
    )


def _type_name(definition: Mapping[str, Any], root: Element) -> str:
    name = _text(definition.get("type")) or root.path
    return name.rpartition("/")[2] if name.startswith("http://hl7.org/fhir/StructureDefinition/") else name


def _tree(rows: list[Mapping[str, Any]], url: str, problems: list[str], content: Content) -> Element:
    by_id: dict[str, Element] = {}
    slices: dict[str, list[Element]] = {}
    children: dict[str, dict[str, Element]] = {}
    root: Element | None = None
    last_at_path: dict[str, str] = {}
    for row in rows:
        path = _text(row.get("path"))
        if not path:
            problems.append(f"an element without a path stands in the snapshot of {url}")
            continue
        slice_name = _text(row.get("sliceName"))
        parent_path, _, name = path.rpartition(".")
        parent = last_at_path.get(parent_path, "")
        # The published id repeats what path and sliceName say, and is wrong in places: it is made anew here.
        own = f"{parent}.{name}" if parent else name
        # A slice name on an element that nothing slices (R4 core has some) names the element, no more.
        identity = f"{own}:{slice_name}" if slice_name and own in by_id else own
        if identity in by_id:
            problems.append(f"the element {identity} stands twice in the snapshot of {url}")
            continue
        if root is not None and not parent:
            problems.append(f"the element {path} has no parent in the snapshot of {url}")
            continue
        element = _element(row, identity, path, name, slice_name, url)
        by_id[identity] = element
        last_at_path[path] = identity
        for longer in [p for p in last_at_path if p.startswith(path + ".")]:
            del last_at_path[longer]
        if root is None:
            root = element
        elif identity != own:
            slices.setdefault(own, []).append(element)
        else:
            children.setdefault(parent, {})[name] = element
    if root is None:
        raise ValueError(f"the StructureDefinition {url or '(no url)'} has no element that can be read")
    for identity, found in slices.items():
        by_id[identity].slices = tuple(found)
    for identity, below in children.items():
        by_id[identity].children = below
    _follow_content_references(by_id, url, problems, content)
    for element in by_id.values():
        if element.children:
            _index(element)
    return root


def _follow_content_references(by_id: dict[str, Element], url: str, problems: list[str], content: Content) -> None:
    for element in by_id.values():
        if element.content_reference is None:
            continue
        other, _, identity = element.content_reference.rpartition("#")
        elsewhere = content(other, identity) if other and other != url else None
        target = elsewhere or by_id.get(identity)
        if target is None:
            problems.append(f"{element.id} refers to the content of {element.content_reference}, not in {url}")
            continue
        element.types = target.types
        # The rules of the content come along with it: http://hl7.org/fhir/R4/elementdefinition.html
        known = {(one.key, one.expression) for one in element.constraints}
        more = tuple(one for one in target.constraints if (one.key, one.expression) not in known)
        element.constraints = (*element.constraints, *more)
        if not element.children:
            element.children = target.children


def _index(element: Element) -> None:
    """Fill ``members`` and ``keys`` from ``children``."""
    members: dict[str, Element] = {}
    keys: dict[str, tuple[Element, ElementType]] = {}
    for child in element.children.values():
        members[child.plain_name] = child
        if child.choice:
            for kind in child.types:
                keys[child.plain_name + kind.code[:1].upper() + kind.code[1:]] = (child, kind)
        else:
            keys[child.name] = (child, child.types[0] if child.types else ElementType("Element"))
    element.members, element.keys = members, keys


def _element(row: Mapping[str, Any], identity: str, path: str, name: str, slice_name: str | None, url: str) -> Element:
    base = row.get("base")
    base = base if isinstance(base, Mapping) else {}
    maximum = _maximum(row.get("max"))
    base_maximum = _maximum(base.get("max")) if "max" in base else maximum
    values = {key: _typed(row, key) for key in ("fixed", "pattern", "minValue", "maxValue")}
    length = row.get("maxLength")
    least = row.get("min")
    return Element(
        id=identity,
        path=path,
        name=name,
        structure=url,
        min=least if isinstance(least, int) else 0,
        max=maximum,
        is_list=(base_maximum is None or base_maximum > 1) and "." in path,
        choice=name.endswith("[x]"),
        types=tuple(_types(row, base)),
        slice_name=slice_name,
        slicing=_slicing(row.get("slicing")),
        fixed=values["fixed"],
        pattern=values["pattern"],
        min_value=values["minValue"],
        max_value=values["maxValue"],
        max_length=length if isinstance(length, int) else None,
        limits=_limits(row),
        binding=_binding(row.get("binding")),
        constraints=tuple(_constraints(row.get("constraint"))),
        content_reference=_text(row.get("contentReference")),
        representation=tuple(t for t in _list(row.get("representation")) if isinstance(t, str)),
        must_support=row.get("mustSupport") is True,
        is_modifier=row.get("isModifier") is True,
        base_path=_text(base.get("path")),
    )


def _limits(row: Mapping[str, Any]) -> ValueLimits | None:
    """What extensions say of the value; older definitions have the regular expression on a type of the element."""
    kinds = [one for one in _list(row.get("type")) if isinstance(one, Mapping)]
    own = [one for one in kinds if not str(one.get("code", "")).startswith("http:")]
    regex = next((found for found in (_extension(one, _REGEX) for one in (row, *own)) if found), None)
    length, places = _whole(row, _MIN_LENGTH), _whole(row, _MAX_DECIMALS)
    if regex is None and length is None and places is None:
        return None
    return ValueLimits(regex, length, places)


def _whole(row: Mapping[str, Any], url: str) -> int | None:
    for one in _list(row.get("extension")):
        value = one.get("valueInteger") if isinstance(one, Mapping) and one.get("url") == url else None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _maximum(text: Any) -> int | None:
    """``*`` and what cannot be read are ``None``: no upper limit."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else None


def _types(row: Mapping[str, Any], base: Mapping[str, Any]) -> Iterable[ElementType]:
    for entry in _list(row.get("type")):
        code = _text(entry.get("code")) if isinstance(entry, Mapping) else None
        if code is None:
            continue
        system = code.startswith(_SYSTEM)
        if system:
            code = _extension(entry, _FHIR_TYPE) or code.removeprefix(_SYSTEM).lower()
            if base.get("path") == "Resource.id":
                code = "id"  # R4 publishes "string" here; the text of Resource.id says id
        yield ElementType(
            code=code.removeprefix("http://hl7.org/fhir/StructureDefinition/"),
            profiles=_texts(entry.get("profile")),
            target_profiles=_texts(entry.get("targetProfile")),
            aggregation=_texts(entry.get("aggregation")),
            versioning=_text(entry.get("versioning")),
            system=system,
            must_support=any(
                isinstance(one, Mapping) and one.get("url") == _TYPE_SUPPORT and one.get("valueBoolean") is True
                for one in _list(entry.get("extension"))
            ),
        )


def _slicing(raw: Any) -> Slicing | None:
    if not isinstance(raw, Mapping):
        return None
    return Slicing(
        discriminators=tuple(
            Discriminator(_text(d.get("type")) or "value", _text(d.get("path")) or "$this")
            for d in _list(raw.get("discriminator"))
            if isinstance(d, Mapping)
        ),
        rules=_text(raw.get("rules")) or "open",
        ordered=raw.get("ordered") is True,
    )


def _binding(raw: Any) -> Binding | None:
    if not isinstance(raw, Mapping):
        return None
    return Binding(
        strength=_text(raw.get("strength")) or "example",
        value_set=_text(raw.get("valueSet")),
        max_value_set=_extension(raw, _MAX_VALUE_SET),
        min_value_set=_extension(raw, _MIN_VALUE_SET),
    )


def _constraints(raw: Any) -> Iterable[Constraint]:
    for entry in _list(raw):
        if not isinstance(entry, Mapping):
            continue
        key, expression = _text(entry.get("key")), _text(entry.get("expression"))
        if key is None or expression is None or key in BY_HAND:
            continue
        yield Constraint(
            key=key,
            severity=_text(entry.get("severity")) or "error",
            expression=expression,
            source=_text(entry.get("source")),
            human=_text(entry.get("human")) or "",
            best_practice=any(
                isinstance(e, Mapping) and e.get("url") == _BEST_PRACTICE and e.get("valueBoolean") is True
                for e in _list(entry.get("extension"))
            ),
        )


def _contexts(definition: Mapping[str, Any]) -> Iterable[Context]:
    for entry in _list(definition.get("context")):
        if isinstance(entry, Mapping):
            expression = _text(entry.get("expression"))
            if expression:
                yield Context(_text(entry.get("type")) or "element", expression)


def _primitive(rows: list[Mapping[str, Any]]) -> Primitive:
    for row in rows:
        if str(row.get("path", "")).endswith(".value"):
            length = row.get("maxLength")
            kinds = [t for t in _list(row.get("type")) if isinstance(t, Mapping)]
            regex = next((found for found in (_extension(t, _REGEX) for t in kinds) if found), None)
            return Primitive(regex, length if isinstance(length, int) else None)
    return Primitive(None, None)


def _typed(row: Mapping[str, Any], prefix: str) -> TypedValue | None:
    """The value of ``fixedCode``, ``patternCodeableConcept``, … with its type code."""
    for key, value in row.items():
        if key.startswith(prefix) and len(key) > len(prefix) and key[len(prefix)].isupper():
            name = key[len(prefix) :]
            return TypedValue(_PRIMITIVE_BY_SUFFIX.get(name, name), value)
    return None


_PRIMITIVE_BY_SUFFIX = {
    name[:1].upper() + name[1:]: name
    for name in (
        *("base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant"),
        *("integer", "markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid"),
    )
}


def _extension(holder: Mapping[str, Any], url: str) -> str | None:
    """The text value of an extension of that url."""
    for entry in _list(holder.get("extension")):
        if isinstance(entry, Mapping) and entry.get("url") == url:
            for key, value in entry.items():
                if key.startswith("value") and isinstance(value, str):
                    return value
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in _list(value) if isinstance(text, str))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
