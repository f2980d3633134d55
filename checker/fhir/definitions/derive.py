"""One definition derived from its base: what each element becomes, below it, and in its slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.differential import Change
from checker.fhir.definitions.elements import MAX_ELEMENTS, TYPES, Element, Node, Report
from checker.fhir.definitions.merge import constrained, over, sourced
from checker.fhir.validation.issue import DefinitionProblem

if TYPE_CHECKING:
    from checker.fhir.definitions.snapshot import SnapshotGenerator

URL_SLICING: dict[str, Any] = {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "open"}
"""How extensions are sliced when nobody says so."""

BINDABLE = frozenset(
    {
        "Age", "CodeableConcept", "Coding", "Count", "Distance", "Duration", "Money", "Quantity", "canonical", "code",
        "id", "markdown", "oid", "string", "uri", "url",
    }
)  # fmt: skip
"""Types that a binding can speak of."""
_NO_ELEMENT_RULES = frozenset({"Resource", "DomainResource"})
"""Types of elements that are resources: the constraints of *Element* do not hold for them."""


class Derivation:
    """One definition derived from its base."""

    def __init__(self, generator: SnapshotGenerator, url: str, report: Report, *, specialization: bool) -> None:
        self.generator = generator
        self.url = url
        self.report = report
        self.specialization = specialization
        self.count = 0
        self.base_root: Node | None = None

    def first(self, change: Change) -> Node:
        """The tree of a definition without base, such as Element: what it says, completed."""
        node = self._new(change, change.name)
        node.element = _based(node.element, change.name)
        return node

    def root(self, base: Node, change: Change, type_name: str) -> Node:
        """The tree of a definition with a base."""
        self.base_root = base
        element = {key: value for key, value in base.element.items() if key != "id"}
        if self.specialization:
            element = {k: v for k, v in element.items() if k not in ("base", "min", "max", "binding")}
            element |= {"min": 0, "max": "*"}
        result = Node(type_name, constrained(element, change.element, self.url, self.report))
        result.element = _based(result.element, type_name)
        self._children(result, base, change, type_name)
        return result if self.specialization else _absolute(result, f"{TYPES}{type_name}", {})

    # one element

    def _merged(self, base: Node, change: Change, path: str) -> Node:
        """The element ``base`` with what the differential says of it, of what is below it, and of its slices."""
        result = self._one(base, base.element, change, path)
        result.slices = self._sliced(base, result, change, path)
        return result

    def _one(self, base: Node, template: Element, change: Change, path: str, *, slice_: bool = False) -> Node:
        element = template
        profile = _only_profile(change.element)
        if profile is not None and not _is_resource(base.element):
            element = self._template(profile, change.element, element)
        words = change.element
        if "slicing" in words and "slicing" in base.element:
            words = words | {"slicing": base.element["slicing"] | words["slicing"]}
        merged = constrained(element, words, self.url, self.report, slice_=slice_)
        result = Node(base.name, _based(merged, path))
        if change.children:
            below = base if base.children else self._unfolded(result, change, path)
            self._children(result, below, change, path)
        else:
            result.children = base.children
        self._bindable(result, change)
        return result

    def _bindable(self, result: Node, change: Change) -> None:
        """A binding on a type that has no codes is dropped: it asks nothing."""
        types = result.element.get("type", [])
        if "binding" in change.element and types and not any(one.get("code") in BINDABLE for one in types):
            result.element = {key: value for key, value in result.element.items() if key != "binding"}
            text = f"the binding is not used: a value of type {types[0].get('code')} has no code"
            where = str(change.element.get("id", "")) or None
            problem = DefinitionProblem(definition=self.url, message=text, element=where, severity="note")
            self.generator.problems.append(problem)

    def _template(self, profile: str, words: Element, usage: Element) -> Element:
        """The element as the profile of its only type has its root."""
        code = words["type"][0].get("code")
        if self.generator.generating(profile):
            return usage
        root = self.generator.of(profile)
        if root is None:
            self.report(str(words.get("id", "")), f"{profile} is not known or cannot be used")
            return usage
        result = over(root.element, usage)
        if code != "Extension":  # only an extension brings its own cardinality
            result |= {key: usage[key] for key in ("min", "max") if key in usage}
        return result

    # what is below

    def _children(self, result: Node, base: Node | None, change: Change, path: str) -> None:
        """The children of ``base``, each with its change, then those that a specialization adds."""
        left = {child.name: child for child in change.children}
        for child in base.children if base is not None else ():
            here = f"{path}.{child.name}"
            own = left.pop(child.name, None)
            if child.name.endswith("[x]"):
                own = self._choices(child, own, left, here)
            result.children.append(child if own is None else self._merged(child, own, here))
        for name, child_change in left.items():
            if self.specialization and base is not None:
                result.children.append(self._new(child_change, f"{path}.{name}"))
            else:
                self.report(f"{path}.{name}", "the base has no such element", lost=True)

    def _unfolded(self, result: Node, change: Change, path: str) -> Node | None:
        """The node whose children the differential goes into: a type, a type's profile, or another element."""
        where = str(change.element.get("id") or path)
        self.count += 1
        if self.count > MAX_ELEMENTS:
            self.report(where, "too many elements", lost=True)
            return None
        reference = result.element.get("contentReference")
        if reference is not None:
            target = self._target(reference)
            if target is None:
                self.report(where, f"{reference} names no element", lost=True)
                return None
            result.element = {key: value for key, value in result.element.items() if key != "contentReference"}
            result.element["type"] = target.element.get("type", [])
            return target
        types = result.element.get("type", [])
        codes = {str(one.get("code", "")) for one in types}
        if len(codes) != 1:
            common = all(child.name in ("id", "extension") for child in change.children)
            if not common:
                self.report(where, "constrains what is below an element that has several types")
            return self.generator.of_type("Element")
        code = codes.pop()
        profiles = [one for entry in types for one in _canonicals(entry, "profile")]
        node = None
        if len(profiles) == 1 and not self.generator.generating(profiles[0]):
            node = self.generator.of(profiles[0])
        node = node or self.generator.of_type(code)
        if node is None:
            self.report(where, f"type {code!r} is not known", lost=True)
        else:
            self.count += len(node.children)
        return node

    def _target(self, reference: str) -> Node | None:
        url, _, identity = reference.rpartition("#")
        here = self.base_root if url in ("", self.url) else self.generator.of(url)
        name, *parts = identity.split(".")
        if here is not None and not url and here.name != name:
            here = self.generator.of_type(name)
        for part in parts:
            here = here.child(part) if here is not None else None
        return here

    # choices and slices

    def _choices(self, base: Node, own: Change | None, left: dict[str, Change], path: str) -> Change | None:
        """``valueQuantity`` as what it is short for: the slice of ``value[x]`` that is a Quantity."""
        stem = base.name[:-3]
        short: list[tuple[str, str]] = []
        for name in [name for name in left if name.startswith(stem) and len(name) > len(stem)]:
            code = self._choice_code(base, name[len(stem) :])
            if code is None:
                if name[len(stem)].isupper() and self._is_type(name[len(stem) :]):
                    self.report(f"{path.rpartition('.')[0]}.{name}", "the base does not allow this type", lost=True)
                    del left[name]
            else:
                short.append((name, code))
        if not short:
            return own
        result = Change(base.name, dict(own.element) if own is not None else {})
        if own is not None:
            result.children, result.slices = own.children, own.slices.copy()
        taken = {one.element.get("sliceName") for one in result.slices}
        for name, code in short:
            words = left.pop(name)
            if name in taken:
                self.report(path, f"{name} is constrained both as a slice and by its short name", lost=True)
                continue
            one = Change(base.name, words.element | {"sliceName": name})
            own_types = [entry for entry in base.element.get("type", []) if entry.get("code") == code]
            one.element.setdefault("type", own_types)
            one.children = words.children
            result.slices.append(one)
            result.slices.extend(words.slices)
        stated = own is not None and not own.element.keys().isdisjoint({"type", "slicing"})
        if not stated and (self.generator.short_cut_narrows or path.endswith("xtension.value[x]")):
            codes = {code for _, code in short}
            result.element["type"] = [one for one in base.element.get("type", []) if one.get("code") in codes]
        return result

    def _choice_code(self, base: Node, suffix: str) -> str | None:
        for entry in base.element.get("type", []):
            code = str(entry.get("code", ""))
            if code[:1].upper() + code[1:] == suffix:
                return code
        return None

    def _is_type(self, suffix: str) -> bool:
        return any(self.generator.of_type(code) is not None for code in (suffix, suffix[0].lower() + suffix[1:]))

    def _sliced(self, base: Node, result: Node, change: Change, path: str) -> list[Node]:
        """The slices of the base, each with its change, then the new ones; the head's slicing is completed."""
        if not change.slices:
            return base.slices
        left = {str(one.element.get("sliceName")): _with_all(change, one) for one in change.slices}
        slices = []
        for one in base.slices:
            own = left.pop(str(one.element.get("sliceName")), None)
            slices.append(one if own is None else self._one(one, one.element, own, path, slice_=True))
        self._slicing(base, result, change, path)
        closed = result.element["slicing"].get("rules") == "closed" if "slicing" in result.element else False
        if left and base.slices and closed and "slicing" in base.element and not base.name.endswith("[x]"):
            self.report(path, "slices are added to a slicing that the base has closed")
        for name, own in left.items():
            slices.append(self._new_slice(base, slices, name, own, path, closed=closed))
        if base.name.endswith("[x]"):
            self._type_slices(result, slices, {str(one.element.get("sliceName")) for one in change.slices})
        return _nested(slices)

    def _new_slice(self, base: Node, slices: list[Node], name: str, own: Change, path: str, *, closed: bool) -> Node:
        model = base
        parent = name.rpartition("/")[0]
        if parent:
            model = next((one for one in slices if one.element.get("sliceName") == parent), base)
        template = {key: value for key, value in model.element.items() if key not in ("slicing", "sliceName")}
        node = self._one(model, template, own, path, slice_=True)
        if "slicing" not in own.element:
            node.element.pop("slicing", None)
        extension_value = path.endswith("xtension.value[x]")
        if "min" not in own.element and not extension_value and not (closed and base.name.endswith("[x]")):
            node.element["min"] = 0
        return node

    def _slicing(self, base: Node, result: Node, change: Change, path: str) -> None:
        if base.name in ("extension", "modifierExtension"):
            result.element.setdefault("slicing", URL_SLICING)
        elif base.name.endswith("[x]"):
            if "slicing" not in result.element:
                discriminator = [{"type": "type", "path": "$this"}]
                result.element["slicing"] = {"discriminator": discriminator, "ordered": False, "rules": "open"}
        elif "slicing" not in result.element:
            self.report(str(change.element.get("id") or path), "has slices, but nothing says how they are told apart")

    def _type_slices(self, result: Node, slices: list[Node], named: set[str]) -> None:
        """Type slices of a choice: one that must be there excludes the others; closed when each type has one."""
        slicing = result.element.get("slicing", {})
        told = [(one.get("type"), one.get("path")) for one in slicing.get("discriminator", [])]
        if told != [("type", "$this")]:
            return
        codes: set[str] = set()
        for one in slices:
            own = {str(entry.get("code")) for entry in one.element.get("type", [])}
            if len(own) == 1:
                codes |= own
            if one.element.get("min", 0) > 0 and one.element.get("sliceName") in named and len(own) == 1:
                result.element["min"] = 1
                result.element["type"] = [t for t in result.element.get("type", []) if t.get("code") in own]
        allowed = {str(entry.get("code")) for entry in result.element.get("type", [])}
        rules = "closed" if allowed <= codes else "open"
        if result.element.get("max") != "0":
            result.element["slicing"] = slicing | {"rules": rules, "ordered": False}

    # specializations

    def _new(self, change: Change, path: str) -> Node:
        """An element that the definition introduces, with what its type lays on every element."""
        self.count += 1
        words = change.element
        types = [str(one.get("code", "")) for one in words.get("type", [])]
        if "contentReference" in words:
            types = ["BackboneElement"]
        element = {key: value for key, value in words.items() if key != "id"}
        element.setdefault("min", 0)
        element.setdefault("max", "*")
        element["constraint"] = [*self._inherited(types, path), *(sourced(words, self.url).get("constraint", ()))]
        if not element["constraint"]:
            del element["constraint"]
        result = Node(change.name, _based(element, path))
        known: set[str] = set()
        if types and types[0] in ("BackboneElement", "Element") and len(types) == 1 and (change.children):
            base = self.generator.of_type(types[0])
            for child in base.children if base is not None else ():
                own = change.child(child.name) if any(one.name == child.name for one in change.children) else None
                known.add(child.name)
                here = f"{path}.{child.name}"
                result.children.append(child if own is None else self._merged(child, own, here))
        result.children += [self._new(one, f"{path}.{one.name}") for one in change.children if one.name not in known]
        result.slices = [self._new(one, path) for one in change.slices]
        return result

    def _inherited(self, types: list[str], path: str) -> list[dict[str, Any]]:
        """The constraints of *Element*, and of *Extension* where that is the type."""
        if not types or any("/" in code or code in _NO_ELEMENT_RULES for code in types) or "." not in path:
            return []
        return self.generator.root_constraints("Extension" if types == ["Extension"] else "Element")


def _absolute(node: Node, url: str, known: dict[Node, Node]) -> Node:
    """The tree with references to the content of the type's own definition: a profile does not constrain what recurs.

    Parts without such a reference are shared with what was given. ``known``: nodes done before, for trees share parts.
    """
    if node in known:
        return known[node]
    children = [_absolute(one, url, known) for one in node.children]
    slices = [_absolute(one, url, known) for one in node.slices]
    reference = node.element.get("contentReference", "")
    pairs = zip((*children, *slices), (*node.children, *node.slices), strict=True)
    result = node
    if reference.startswith("#") or any(one is not other for one, other in pairs):
        result = Node(node.name, node.element)
        if reference.startswith("#"):
            result.element = node.element | {"contentReference": url + reference}
        result.children, result.slices = children, slices
    known[node] = result
    return result


def _with_all(head: Change, one: Change) -> Change:
    """The change of a slice, with what the differential says of the children of all slices."""
    if not head.children:
        return one
    everywhere = Change(one.name, {})
    everywhere.children = head.children
    return one.over(everywhere)


def _nested(slices: list[Node]) -> list[Node]:
    """Re-slices after the slice that they re-slice."""
    if not any("/" in str(one.element.get("sliceName")) for one in slices):
        return slices
    names = {str(one.element.get("sliceName")): place for place, one in enumerate(slices)}

    def order(one: Node) -> list[int]:
        name = str(one.element.get("sliceName"))
        places: list[int] = []
        while name:
            places.insert(0, names.get(name, len(names)))
            name = name.rpartition("/")[0]
        return places

    return sorted(slices, key=order)


def _based(element: Element, path: str) -> Element:
    """The element with the cardinality that it had where it was first defined."""
    base = element.get("base")
    if isinstance(base, dict) and "path" in base:
        return element
    return element | {"base": {"path": path, "min": element.get("min", 0), "max": element.get("max", "*")}}


def _canonicals(entry: dict[str, Any], key: str) -> list[str]:
    value = entry.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_resource(element: Element) -> bool:
    return any(one.get("code") in _NO_ELEMENT_RULES for one in element.get("type", []))


def _only_profile(words: Element) -> str | None:
    """The first profile of the only type, unless that is a Reference."""
    types = words.get("type", [])
    if len(types) != 1 or types[0].get("code") == "Reference":
        return None
    return next(iter(_canonicals(types[0], "profile")), None)
