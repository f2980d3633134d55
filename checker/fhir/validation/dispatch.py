"""What has a module of its own: the walk calls it for the nodes that it is about. Modules are loaded when needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

from checker.fhir.definitions.ir import Element
from checker.fhir.instance import Node
from checker.fhir.validation import coded
from checker.fhir.validation.run import Run

_HERE = "checker.fhir.validation."
_PRIMITIVE = "abcdefghijklmnopqrstuvwxyz"


def node(run: Run, one: Node) -> None:
    """Judge one node by all that is stated in code for its type; once for a node, in the base walk."""
    _of_forms()(run, one)
    element = one.declared
    if one.type[:1] in _PRIMITIVE and one.type != "xhtml":
        if element is not None:
            _with_element("checker.fhir.forms.primitives")(run, one, element)
    elif one.type == "Extension":
        if element is not None:
            _with_element(_HERE + "extensions")(run, one, element)
    elif one.is_resource:
        _resource(run, one)
    else:
        coded.content(run, one)
        _special(run, one, datatype=True)


def reference(run: Run, one: Node, element: Element) -> None:
    """Judge a Reference or canonical by an element that asks for its target."""
    _with_element(_HERE + "references")(run, one, element)


def _resource(run: Run, one: Node) -> None:
    _plain(_HERE + "contained")(run, one)
    _plain(_HERE + "element_ids")(run, one)
    if one.type == "Bundle":
        _plain(_HERE + "bundle")(run, one)
    _special(run, one, datatype=False)


def _special(run: Run, one: Node, *, datatype: bool) -> None:
    module = _specials(datatype).get(one.type)
    if module is not None:
        _plain(module)(run, one)


@cache
def _of_forms() -> Callable[[Run, Node], None]:
    from checker.fhir.forms.structure import check_object

    return check_object


@cache
def _specials(datatype: bool) -> Mapping[str, str]:
    from checker.fhir.validation.special import DATATYPES, SPECIALS

    return DATATYPES if datatype else SPECIALS


@cache
def _with_element(name: str) -> Callable[[Run, Node, Element], None]:
    check: Callable[[Run, Node, Element], None] = import_module(name).check
    return check


@cache
def _plain(name: str) -> Callable[[Run, Node], None]:
    check: Callable[[Run, Node], None] = import_module(name).check
    return check
