"""A FHIR Bundle: where references between its entries lead, and the rules of the Bundle as a whole.

The entries' own content is judged by generated checks; the rules of the Bundle by the explaining tier's module, which
takes time that grows with the entries.
"""

from __future__ import annotations

from typing import Any

from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Dirty
from checker.fhir.instance import Node, Tree
from checker.fhir.validation import walk
from checker.fhir.validation.literal import restful
from checker.fhir.validation.resolver import BundleIndex, Entry, IndexResolver
from checker.fhir.validation.run import Run


class Around:
    """The FHIR Bundle around the resources that are looked at: its entries by fullUrl."""

    __slots__ = ("_bases", "_by_url", "_index", "_of", "_types", "_without_url", "run", "tree")

    def __init__(self, build: Build, raw: dict[str, Any]) -> None:
        self.tree = Tree(raw, build.definitions)
        resolver = IndexResolver(self.tree)
        self.run = Run(build.definitions, build.terminology, resolver, self.tree, build.options, walk.validate)
        self._types = build.definitions
        self._index: BundleIndex = resolver.bundle(self.tree.root)
        self._of: dict[int, Entry] = {
            id(entry.resource.value): entry for entry in self._index.entries if entry.resource is not None
        }
        needed = self._index.type in ("transaction", "batch")
        self._without_url: set[int] = {key for key, entry in self._of.items() if needed and entry.full_url is None}
        self._bases: dict[int, str | None] = {}
        # Only what is there once is found without further thought.
        self._by_url: dict[str, Any] = {
            url: entries[0].resource.value
            for url, entries in self._index.by_url.items()
            if len(entries) == 1 and entries[0].resource is not None
        }

    def node(self, resource: Any) -> Node:
        """The node of an entry's resource."""
        entry = self._of.get(id(resource))
        if entry is None or entry.resource is None:
            raise Dirty("a resource that is no entry's")
        return entry.resource

    def target(self, text: str, relative: bool, source: Any) -> Any:
        """The resource that a reference of an entry leads to; None for one that leads out of the FHIR Bundle.

        ``relative``: it is ``Type/id``. ``source`` is the entry's resource. Raises ``Dirty`` for all that is odd.
        """
        if id(source) in self._without_url:
            raise Dirty("reference: the entry has no fullUrl")
        if not relative:
            found = self._by_url.get(text)
            if found is not None:
                return found
        entry = self._of.get(id(source))
        if entry is None:
            raise Dirty("reference: no entry")
        if relative:
            base = self._base(entry)
            if base is not None:
                found = self._by_url.get(base + text)
                if found is not None:
                    return found
        entries = [each for each in self._index.find_leniently(text, entry) if each.resource is not None]
        if len(entries) == 1 and entries[0].resource is not None:
            return entries[0].resource.value
        if entries:
            raise Dirty("reference: several targets")
        if text.startswith("urn:") or (relative and self._index.alike(text)):
            raise Dirty("reference: not in the Bundle")
        return None

    def _base(self, entry: Entry) -> str | None:
        """The RESTful base of the entry's fullUrl, where it fits the resource."""
        key = id(entry)
        if key not in self._bases:
            own = restful(entry.full_url, self._types) if entry.full_url is not None else None
            fits = own is not None and (own.type, own.id) == (entry.type, entry.id)
            self._bases[key] = own.base if own is not None and fits else None
        return self._bases[key]

    def check(self) -> None:
        """Put the Bundle to the module that knows its rules."""
        from checker.fhir.validation import bundle

        bundle.check(self.run, self.tree.root)
