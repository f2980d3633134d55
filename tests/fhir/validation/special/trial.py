"""One special rule alone: a run over an instance with definitions of the test's own beside the published core."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from checker.fhir.definitions.ir import Structure
from checker.fhir.definitions.lower import lower
from checker.fhir.definitions.snapshot import SnapshotGenerator
from checker.fhir.instance import Node, Tree
from checker.fhir.terminology.store import LocalTerminology
from checker.fhir.validation.run import Options, Resolution, Run
from tests.fhir.published import PublishedCore, core


class Supplied:
    """The published core with resources of the test's own before it."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self._core: PublishedCore = core()
        self._own = {(one["resourceType"], one["url"]): one for one in resources if "url" in one}
        self._compiled: dict[str, Structure | None] = {}

    def type(self, code: str) -> Structure | None:
        return self._core.type(code)

    def structure(self, canonical: str) -> Structure | None:
        url = canonical.partition("|")[0]
        own = self._own.get(("StructureDefinition", url))
        if own is None:
            return self._core.structure(canonical)
        if url not in self._compiled:
            generator = SnapshotGenerator(lambda asked: self.raw(asked, "StructureDefinition"))
            elements = generator.elements(own)
            self._compiled[url] = lower({**own, "snapshot": {"element": elements}}) if elements else None
        return self._compiled[url]

    def raw(self, canonical: str, resource_type: str | None = None) -> dict[str, Any] | None:
        url, _, version = canonical.partition("|")
        for (kind, own), resource in self._own.items():
            if own == url and resource_type in (None, kind) and version in ("", resource.get("version")):
                return resource
        return self._core.raw(canonical, resource_type)

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        return self.raw(canonical, "ValueSet")

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        return self.raw(canonical, "CodeSystem")


class Nowhere:
    """A resolver that finds nothing outside the contained resources."""

    def resolve(self, reference: str, at: Node) -> Resolution:
        for one in at.root_resource.children("contained"):
            if reference == f"#{one.text('id')}":
                return Resolution(one, "contained")
        return Resolution(None, "external")


def run_of(resource: dict[str, Any], *supporting: dict[str, Any], **options: Any) -> Run:
    """A run over the resource, with nothing said yet."""
    library = Supplied(*supporting)

    def validate(run: Run, node: Node, structure: Structure) -> None:
        run.seen.setdefault("validated", []).append((node.path, structure.url))

    tree = Tree(resource, library)
    return Run(library, LocalTerminology(library), Nowhere(), tree, Options(**options), validate)


def said(
    module: str, resource: dict[str, Any], *supporting: dict[str, Any], **options: Any
) -> list[tuple[str, str, str]]:
    """What the module says of the resource: (rule, severity, path), in order."""
    run = run_of(resource, *supporting, **options)
    import_module(f"checker.fhir.validation.special.{module}").check(run, run.tree.root)
    return [(issue.rule, issue.severity, issue.path) for issue, _ in run.issues]
