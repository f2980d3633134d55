"""Where references lead: indexes over an instance, built once, so that each reference is a dictionary look-up.

Rules of resolution, for the reference that stands in a resource:

- ``#id`` is a contained resource of the outermost resource that is not itself contained; ``#`` is that resource,
  said from within a contained one.
- in a FHIR Bundle, an absolute reference is the entry with that ``fullUrl``; a relative one is made absolute by the
  RESTful base of the ``fullUrl`` of the entry that it stands in; a version is compared with ``meta.versionId``.
- in Parameters, ``Type/id`` is a resource of another parameter.
- then come the resources that were supplied beside the instance.

Source: http://hl7.org/fhir/R4/bundle.html#references and http://hl7.org/fhir/R4/references.html#contained
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.fhir.instance import Node, Tree
from checker.fhir.validation.literal import is_absolute, is_resource_type, relative, restful, split_version
from checker.fhir.validation.run import Resolution

_EXTERNAL = Resolution(None, "external")
_MISSING = Resolution(None, "missing")
_AMBIGUOUS = Resolution(None, "ambiguous")
_MALFORMED = Resolution(None, "malformed")


class Entry:
    """An entry of a FHIR Bundle: its node, and what it is identified by.

    Texts are None where the instance has none (or something that is no text).
    """

    __slots__ = ("full_url", "id", "node", "resource", "type", "version")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.full_url = node.text("fullUrl")
        found = node.children("resource")
        self.resource: Node | None = found[0] if found else None
        raw = self.resource.value if self.resource is not None else None
        raw = raw if isinstance(raw, dict) else {}
        meta = raw.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        self.type: str | None = self.resource.type if self.resource is not None else None
        self.id: str | None = raw["id"] if isinstance(raw.get("id"), str) else None
        self.version: str | None = version if isinstance(version, str) else None


class BundleIndex:
    """The entries of one FHIR Bundle by ``fullUrl`` and by ``Type/id``."""

    __slots__ = ("bundle", "by_id", "by_url", "entries", "of_node", "type")

    def __init__(self, bundle: Node) -> None:
        self.bundle = bundle
        self.type = bundle.text("type") or ""
        self.entries = [Entry(node) for node in bundle.children("entry")]
        self.of_node = {entry.node: entry for entry in self.entries}
        self.by_url: dict[str, list[Entry]] = {}
        self.by_id: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.full_url is not None:
                self.by_url.setdefault(entry.full_url, []).append(entry)
            if entry.type and entry.id is not None:
                self.by_id.setdefault(f"{entry.type}/{entry.id}", []).append(entry)

    def matches(self, url: str) -> list[Entry]:
        """The entries with that ``fullUrl``; of the version that the URL asks for, when it does."""
        base, version = split_version(url)
        if version is None:
            return self.by_url.get(url, [])
        return [entry for entry in self.by_url.get(base, []) if entry.version == version]

    def alike(self, reference: str) -> list[Entry]:
        """The entries whose resource has the type and id of a relative reference, whatever their ``fullUrl``."""
        parts = relative(reference)
        return [] if parts is None else self.by_id.get(f"{parts.type}/{parts.id}", [])

    def target_url(self, reference: str, source: Entry | None) -> str | None:
        """The absolute URL that a reference in an entry means, as the specification has it.

        None for a relative reference where the ``fullUrl`` of the source has no RESTful base to complete it with.
        """
        reference = reference.partition("#")[0]
        if is_absolute(reference):
            return reference
        if source is None or source.full_url is None or source.type is None or source.id is None:
            return None
        own = restful(source.full_url, self.bundle.tree.types)
        if own is None or (own.type, own.id) != (source.type, source.id):
            return None
        return own.base + reference

    def find(self, reference: str, source: Entry | None) -> list[Entry]:
        """The entries that a reference (not ``#id``) of the source leads to: none, one, or too many."""
        url = self.target_url(reference, source)
        return [] if url is None else self.matches(url)

    def find_leniently(self, reference: str, source: Entry | None) -> list[Entry]:
        """As :meth:`find`, but a base is also taken from a ``fullUrl`` that is a URN or does not fit its resource.

        ``Patient/6fb…`` said in an entry with a ``urn:uuid:`` means ``urn:uuid:6fb…`` in much data; following it
        finds targets of the wrong type that would stay hidden.
        """
        found = self.find(reference, source)
        parts = relative(reference)
        if found or parts is None or source is None or source.full_url is None:
            return found
        if source.full_url.startswith("urn:"):
            url = f"{source.full_url.rpartition(':')[0]}:{parts.id}"
        else:
            url = "/".join([*source.full_url.split("/")[:-2], parts.type, parts.id])
        return self.matches(f"{url}/_history/{parts.version}" if parts.version else url)


class IndexResolver:
    """A :class:`~checker.fhir.validation.run.Resolver` over one instance and the resources supplied beside it.

    ``supplied`` are resources as JSON; a supplied FHIR Bundle counts with all its entries. Indexes are built when
    the first reference asks for them.
    """

    __slots__ = ("_bundles", "_contained", "_given", "_parameters", "_supplied", "_tree", "notes")

    def __init__(self, tree: Tree, supplied: Iterable[Mapping[str, Any]] = ()) -> None:
        self._tree = tree
        self._given = [dict(resource) for resource in supplied]
        self._supplied: dict[str, list[Node]] | None = None
        self._bundles: dict[Node, BundleIndex] = {}
        self._contained: dict[Node, dict[str, list[Node]]] = {}
        self._parameters: dict[Node, dict[str, list[Node]]] = {}
        self.notes: dict[Any, Any] = {}
        """Memos of those who follow references, shared by all runs and trials over the instance."""

    def resolve(self, reference: str, at: Node) -> Resolution:
        """The target of the reference text that stands at that node."""
        if not reference or reference != reference.strip() or any(c.isspace() for c in reference):
            return _MALFORMED
        if reference.startswith("#"):
            return self._resolve_contained(reference[1:], at)
        holder = at.root_resource
        while True:
            found = self._resolve_around(reference, holder)
            if found is not None:
                return found
            if holder.parent is None:
                break
            holder = holder.parent.root_resource
        supplied = self._supplied_for(reference)
        if supplied:
            return Resolution(supplied[0], "supplied") if len(supplied) == 1 else _AMBIGUOUS
        if reference.startswith("urn:") and self.bundle_of(at) is not None:
            return _MISSING
        return _EXTERNAL

    # ---- in the resource

    def contained(self, resource: Node) -> dict[str, list[Node]]:
        """The contained resources of a resource by id."""
        found = self._contained.get(resource)
        if found is None:
            found = self._contained[resource] = {}
            for node in resource.children("contained"):
                identity = node.text("id")
                if identity is not None:
                    found.setdefault(identity, []).append(node)
        return found

    def _resolve_contained(self, identity: str, at: Node) -> Resolution:
        own = at.resource
        holder = own
        while True:
            inside = holder.name == "contained" and holder.parent is not None
            if identity:
                matches = self.contained(holder).get(identity, [])
                if matches:
                    return Resolution(matches[0], "contained") if len(matches) == 1 else _AMBIGUOUS
            elif not inside:
                return Resolution(holder, "contained") if holder is not own else _MISSING
            if not inside or holder.parent is None:
                return _MISSING
            holder = holder.parent.resource

    # ---- in the FHIR Bundle or Parameters around it

    def bundle(self, node: Node) -> BundleIndex:
        """The index of a FHIR Bundle of this instance."""
        index = self._bundles.get(node)
        if index is None:
            index = self._bundles[node] = BundleIndex(node)
        return index

    def bundle_of(self, at: Node) -> tuple[BundleIndex, Entry | None] | None:
        """The innermost FHIR Bundle around a node (a Bundle's own elements count) and the entry that holds it."""
        holder = at.root_resource
        while True:
            if holder.type == "Bundle":
                return self.bundle(holder), None
            entry = holder.parent
            if entry is None:
                return None
            around = entry.root_resource
            if around.type == "Bundle" and entry.name == "entry":
                index = self.bundle(around)
                return index, index.of_node.get(entry)
            holder = around

    def _resolve_around(self, reference: str, holder: Node) -> Resolution | None:
        """In what stands right around a resource; None to look further out."""
        if holder.type == "Bundle" and holder.parent is None:
            return self._chosen(self.bundle(holder), self.bundle(holder).find(reference, None))
        if holder.type == "Parameters":
            matches = self._in_parameters(holder).get(reference, [])
            if matches:
                return Resolution(matches[0], "bundle") if len(matches) == 1 else _AMBIGUOUS
        entry = holder.parent
        if entry is None or entry.name != "entry" or entry.resource.type != "Bundle":
            return None
        index = self.bundle(entry.resource)
        return self._chosen(index, index.find_leniently(reference, index.of_node.get(entry)))

    @staticmethod
    def _chosen(index: BundleIndex, entries: list[Entry]) -> Resolution | None:
        nodes = [entry.resource for entry in entries if entry.resource is not None]
        if len(nodes) > 1 and index.type != "history":  # a history has many versions of one resource, newest first
            return _AMBIGUOUS
        return Resolution(nodes[0], "bundle") if nodes else None

    def _in_parameters(self, parameters: Node) -> dict[str, list[Node]]:
        found = self._parameters.get(parameters)
        if found is None:
            found = self._parameters[parameters] = {}
            waiting = list(parameters.children("parameter"))
            while waiting:
                part = waiting.pop()
                waiting.extend(part.children("part"))
                for node in part.children("resource"):
                    identity = node.text("id")
                    if identity is not None:
                        found.setdefault(f"{node.type}/{identity}", []).append(node)
        return found

    # ---- beside it

    def _supplied_for(self, reference: str) -> list[Node]:
        if not self._given:
            return []
        if self._supplied is None:
            supplied: dict[str, list[Node]] = {}
            self._supplied = supplied
            for raw in self._given:
                root = Tree(raw, self._tree.types).root
                _take(supplied, root)
                if root.type == "Bundle":
                    for entry in self.bundle(root).entries:
                        if entry.resource is not None:
                            _take(supplied, entry.resource, entry.full_url)
        base, version = split_version(reference)
        nodes = self._supplied.get(base, [])
        if version is not None:
            nodes = [node for node in nodes if _version(node) == version]
        return nodes


def _take(supplied: dict[str, list[Node]], node: Node, full_url: str | None = None) -> None:
    identity = node.text("id")
    if identity is not None and is_resource_type(node.type, node.tree.types):
        supplied.setdefault(f"{node.type}/{identity}", []).append(node)
    if full_url is not None:
        supplied.setdefault(full_url, []).append(node)


def _version(node: Node) -> str | None:
    meta = node.holder.get("meta")
    found = meta.get("versionId") if isinstance(meta, dict) else None
    return found if isinstance(found, str) else None
