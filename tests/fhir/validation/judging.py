"""Single checks run over the nodes of a small instance, by R4 core as it ships and by definitions of a test's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from checker.fhir.definitions.provider import Entry
from checker.fhir.definitions.store import Definitions, embedded
from checker.fhir.instance import Node, Tree
from checker.fhir.terminology.store import LocalTerminology
from checker.fhir.validation import bundle, contained, element_ids, extensions, references, walk
from checker.fhir.validation.issue import DefinitionProblem, Issue
from checker.fhir.validation.resolver import IndexResolver
from checker.fhir.validation.run import Options, Run
from checker.fhir.validation.vocabulary import Vocabulary


class Own:
    """A provider of definitions that a test wrote itself."""

    label = "own"

    def __init__(self, definitions: Iterable[dict[str, Any]]) -> None:
        self.problems: list[DefinitionProblem] = []
        self._held = list(definitions)

    def find(self, url: str, resource_type: str = "") -> Iterable[Entry]:
        return [one for one in self._all() if one.url == url and resource_type in ("", one.resource_type)]

    def entries(self, resource_type: str) -> Iterable[Entry]:
        return [one for one in self._all() if one.resource_type == resource_type]

    def load(self, entry: Entry) -> dict[str, Any] | None:
        return self._held[int(entry.member)]

    def _all(self) -> Iterator[Entry]:
        for at, one in enumerate(self._held):
            yield Entry(
                member=str(at),
                resource_type=one["resourceType"],
                url=one["url"],
                type=one.get("type", ""),
                id=one["id"],
            )


@cache
def core() -> Definitions:
    """R4 core as it ships; one for all tests of a process."""
    return Definitions((), embedded(uk_core=False))


def with_own(*definitions: dict[str, Any]) -> Definitions:
    """R4 core and definitions of the test's own."""
    return Definitions((Own(definitions),), embedded(uk_core=False))


def begin(
    resource: Mapping[str, Any],
    definitions: Definitions | None = None,
    supplied: Iterable[Mapping[str, Any]] = (),
    **options: Any,
) -> Run:
    """A run over a resource."""
    held = definitions or core()
    tree = Tree(dict(resource), held)
    terminology = LocalTerminology(Vocabulary(held))
    return Run(held, terminology, IndexResolver(tree, supplied), tree, Options(**options), walk.validate)


def nodes(run: Run) -> Iterator[Node]:
    """All nodes of the instance."""
    yield run.tree.root
    yield from run.tree.root.descendants()


def judged(
    resource: Mapping[str, Any],
    definitions: Definitions | None = None,
    supplied: Iterable[Mapping[str, Any]] = (),
    **options: Any,
) -> Run:
    """References, extensions, contained resources, ids and FHIR Bundles of the resource, judged."""
    run = begin(resource, definitions, supplied, **options)
    for node in nodes(run):
        if node.type in ("Reference", "canonical") and node.declared is not None:
            references.check(run, node, node.declared)
        elif node.type == "Extension" and node.declared is not None:
            extensions.check(run, node, node.declared)
        elif node.is_resource:
            contained.check(run, node)
            element_ids.check(run, node)
            if node.type == "Bundle":
                bundle.check(run, node)
    return run


def issues(run: Run) -> list[Issue]:
    """What the run said, in order of path and rule."""
    return sorted((issue for issue, _ in run.issues), key=lambda issue: (issue.path, issue.rule))


def said(resource: Mapping[str, Any], definitions: Definitions | None = None, **more: Any) -> set[tuple[str, str, str]]:
    """Severity, rule and path of each issue."""
    return {(i.severity, i.rule, i.path) for i in issues(judged(resource, definitions, **more))}


def errors(resource: Mapping[str, Any], definitions: Definitions | None = None, **more: Any) -> set[tuple[str, str]]:
    """Rule and path of each error."""
    return {(rule, path) for severity, rule, path in said(resource, definitions, **more) if severity == "error"}


def observation(**more: Any) -> dict[str, Any]:
    """A small Observation."""
    return {"resourceType": "Observation", "status": "final", "code": {"text": "Weight"}, **more}


def entry(url: str | None, resource: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An entry of a FHIR Bundle."""
    made: dict[str, Any] = {} if url is None else {"fullUrl": url}
    if resource is not None:
        made["resource"] = resource
    return made | more


def bundled(kind: str, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A FHIR Bundle of that type."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **more}


def extension_definition(url: str, **more: Any) -> dict[str, Any]:
    """A StructureDefinition of an extension with a snapshot made by hand.

    ``contexts``: pairs of type and expression; ``types``: of the value, none for a complex extension; ``parts``: urls;
    ``needed``: the value may not be left out.
    """
    contexts = more.pop("contexts", [("element", "Element")])
    types, parts, modifier = more.pop("types", ["string"]), more.pop("parts", []), more.pop("modifier", False)
    changes: list[dict[str, Any]] = [{"id": "Extension", "path": "Extension"}]
    needed = {"min": 1} if more.pop("needed", False) else {}
    if modifier:
        changes[0] |= {"isModifier": True, "isModifierReason": "it changes the meaning"}
    if parts:
        changes.append(
            {
                "id": "Extension.extension",
                "path": "Extension.extension",
                "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"},
            }
        )
    for part in parts:
        place = f"Extension.extension:{part}"
        changes += [
            {"id": place, "path": "Extension.extension", "sliceName": part, "min": 0, "max": "1"},
            {"id": f"{place}.url", "path": "Extension.extension.url", "fixedUri": part},
            {"id": f"{place}.value[x]", "path": "Extension.extension.value[x]", "type": [{"code": "string"}]},
        ]
    changes.append({"id": "Extension.url", "path": "Extension.url", "fixedUri": url})
    value: dict[str, Any] = {"id": "Extension.value[x]", "path": "Extension.value[x]", **needed}
    changes.append(value | ({"type": [{"code": code} for code in types]} if types else {"max": "0"}))
    return {
        "resourceType": "StructureDefinition",
        "id": url.rpartition("/")[2],
        "url": url,
        "name": "Own",
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "context": [{"type": kind, "expression": expression} for kind, expression in contexts],
        "differential": {"element": changes},
        **more,
    }


def constrained(url: str, type_: str, *changes: dict[str, Any]) -> dict[str, Any]:
    """A StructureDefinition that constrains a resource type."""
    return {
        "resourceType": "StructureDefinition",
        "id": url.rpartition("/")[2],
        "url": url,
        "name": "Own",
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "resource",
        "abstract": False,
        "type": type_,
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{type_}",
        "derivation": "constraint",
        "differential": {"element": [{"id": type_, "path": type_}, *changes]},
    }
