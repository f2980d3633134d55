"""A run over one resource that asks only for the form: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.fhir.forms import primitives, structure
from checker.fhir.instance import Node, Tree
from checker.fhir.validation.issue import Issue
from checker.fhir.validation.run import Options, Resolution, Run
from tests.fhir.published import core


class Nowhere:
    """A resolver for tests that resolve nothing."""

    def resolve(self, reference: str, at: Node) -> Resolution:
        return Resolution(None, "external")


def run_on(resource: dict[str, Any], options: Options | None = None) -> Run:
    return Run(core(), None, Nowhere(), Tree(resource, core()), options or Options(), lambda run, node, shape: None)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    yield from node.descendants()


def form_run(resource: dict[str, Any], options: Options | None = None) -> Run:
    """All checks of form, as the walk over the base definitions asks for them."""
    run = run_on(resource, options)
    for node in nodes(run.tree.root):
        if isinstance(node.value, dict):
            structure.check_object(run, node)
        elif node.declared is not None:
            primitives.check(run, node, node.declared)
    return run


def form(resource: dict[str, Any], options: Options | None = None) -> list[Issue]:
    return [issue for issue, _ in form_run(resource, options).issues]
