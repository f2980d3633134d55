"""An OpenAPI description as a whole: its documents, what references lead to, its operations.

Nothing here raises on odd input: a document may hold anything anywhere.

Source: https://spec.openapis.org/oas/v3.0.3 and https://spec.openapis.org/oas/v3.1.0.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from checker.model.evidence import Artefact
from checker.model.view import RecordView

UNREAD = "leads to a file that was not read"
ANOTHER_HOST = "leads to another host, which is not asked"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MOST_HOPS = 20
_MOST_NODES = 400_000
_EXAMPLES = frozenset({"example", "examples", "default", "enum", "const"})


@dataclass(frozen=True)
class Operation:
    """One operation of a description."""

    path: str
    method: str
    """In lower case."""
    content: dict[str, Any]
    file: str
    """The file that it stands in."""
    pointer: str
    """Where in that file."""
    parameters: tuple[dict[str, Any], ...] = ()
    """Its own and those of its path, references followed."""


@dataclass
class Description:
    """The files of one artefact, parsed."""

    artefact: str
    files: dict[str, Any] = field(default_factory=dict)
    """Path → document."""
    problems: dict[str, str] = field(default_factory=dict)
    """Path → why it could not be parsed."""
    limits: dict[str, str] = field(default_factory=dict)
    """Path → why it was not read: this tool takes no more."""

    @property
    def roots(self) -> list[str]:
        """The files that are OpenAPI documents, and not parts of one."""
        return [name for name, one in self.files.items() if isinstance(one, dict) and "openapi" in one]

    def follow(self, node: Any, file: str) -> tuple[Any, str, str]:
        """What a node that may be a reference stands for: (it, its file, what was wrong or "")."""
        hops = 0
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            hops += 1
            if hops > _MOST_HOPS:
                return None, file, "references lead in a circle"
            file, found, problem = self.target(node["$ref"], file)
            if problem:
                return None, file, problem
            node = found
        return node, file, ""

    def target(self, reference: str, file: str) -> tuple[str, Any, str]:
        """What a reference leads to: (file, node, problem)."""
        place, _, pointer = reference.partition("#")
        if "://" in place or place.startswith("//"):
            return file, None, ANOTHER_HOST
        if place:
            file = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(place)))
        if file in self.limits:
            return file, None, f"{UNREAD} ({self.limits[file]})"
        if file in self.problems:
            return file, None, f"leads to a file that cannot be read ({self.problems[file]})"
        if file not in self.files:
            return file, None, "leads to a file that was not submitted"
        node = self.files[file]
        for step in unquote(pointer).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and name in node:
                node = node[name]
            elif isinstance(node, list) and name.isascii() and name.isdigit() and int(name) < len(node):
                node = node[int(name)]
            else:
                return file, None, "leads nowhere"
        return file, node, ""

    def references(self) -> Iterator[tuple[str, str, str]]:
        """(file, reference, problem) of every reference of every file. What stands in an example is none."""
        seen = 0
        for file, document in self.files.items():
            waiting = [document]
            while waiting and seen < _MOST_NODES:
                node = waiting.pop()
                seen += 1
                if isinstance(node, list):
                    waiting += node
                elif isinstance(node, dict):
                    reference = node.get("$ref")
                    if isinstance(reference, str):
                        yield file, reference, self.target(reference, file)[2]
                    waiting += [inner for name, inner in node.items() if name not in _EXAMPLES]

    def operations(self, root: str) -> Iterator[Operation]:
        """Every operation below ``paths`` of a document, the path's own parameters with it."""
        paths = self.files[root].get("paths")
        for path, entry in paths.items() if isinstance(paths, dict) else ():
            item, file, _ = self.follow(entry, root)
            if not isinstance(item, dict) or not isinstance(path, str):
                continue
            start = f"/paths/{escaped(path)}" if item is entry else _fragment(entry)
            shared = self._parameters(item, file)
            for method in METHODS:
                content = item.get(method)
                if isinstance(content, dict):
                    own = self._parameters(content, file)
                    yield Operation(path, method, content, file, f"{start}/{method}", (*shared, *own))

    def _parameters(self, holder: dict[str, Any], file: str) -> tuple[dict[str, Any], ...]:
        listed = holder.get("parameters")
        found = (self.follow(one, file)[0] for one in (listed if isinstance(listed, list) else ()))
        return tuple(one for one in found if isinstance(one, dict))

    def responses(self, operation: Operation) -> dict[str, tuple[dict[str, Any], str, str]]:
        """Status → (response, file, pointer), references followed."""
        listed = operation.content.get("responses")
        found = {}
        for status, entry in listed.items() if isinstance(listed, dict) else ():
            node, file, _ = self.follow(entry, operation.file)
            if isinstance(node, dict):
                here = f"{operation.pointer}/responses/{escaped(str(status))}"
                found[str(status)] = (node, file, here if node is entry else _fragment(entry))
        return found


def _fragment(entry: Any) -> str:
    """The pointer of a reference, without its file."""
    reference = entry.get("$ref") if isinstance(entry, dict) else ""
    return unquote(str(reference).partition("#")[2])


def escaped(step: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def descriptions(view: RecordView) -> list[tuple[str, Description]]:
    """(evidence id, description) of each artefact of a record."""
    found = []
    for item in view.evidence("document"):
        payload = item.read()
        if not isinstance(payload, Artefact):
            continue
        one = Description(artefact=payload.artefact)
        listed = payload.facts.get("documents")
        for file, told in zip(payload.files, listed if isinstance(listed, list) else (), strict=False):
            if isinstance(told, dict) and "document" in told:
                one.files[file.path] = told["document"]
            elif isinstance(told, dict) and "limit" in told:
                one.limits[file.path] = str(told["limit"])
            elif isinstance(told, dict):
                one.problems[file.path] = str(told.get("problem", ""))
        found.append((item.id, one))
    return found


_VERSION = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,3}(-.{1,40})?")


def faults(one: Description) -> Iterator[tuple[str, str]]:
    """(place, what is wrong) of the OpenAPI documents of a description, by the rules of OpenAPI 3."""
    if not one.roots and not one.limits:
        yield "", next(iter(one.problems.values()), "no document that says which version of OpenAPI it is")
        return
    for root in one.roots:
        document = one.files[root]
        if not isinstance(document["openapi"], str) or not _VERSION.fullmatch(document["openapi"]):
            yield "/openapi", "the version is not 3.x.y"
        info = document.get("info")
        for name in ("title", "version"):
            if not isinstance(info, dict) or not isinstance(info.get(name), str) or not info[name]:
                yield f"/info/{name}", f"no {name}"
        if not isinstance(document.get("paths"), dict) and "webhooks" not in document and "components" not in document:
            yield "/paths", "no paths"
        yield from _of_paths(one, root)


def _of_paths(one: Description, root: str) -> Iterator[tuple[str, str]]:
    paths = one.files[root].get("paths")
    for path in paths if isinstance(paths, dict) else ():
        if not str(path).startswith(("/", "x-")):
            yield f"/paths/{escaped(str(path))[:80]}", "a path that does not begin with a slash"
    ids: set[str] = set()
    for operation in one.operations(root):
        yield from _of_operation(one, operation)
        name = operation.content.get("operationId")
        if isinstance(name, str) and name in ids:
            yield operation.pointer, "an operationId that stands twice"
        if isinstance(name, str):
            ids.add(name)


def _of_operation(one: Description, operation: Operation) -> Iterator[tuple[str, str]]:
    answers = operation.content.get("responses")
    if not isinstance(answers, dict) or not answers:
        yield operation.pointer, "an operation without responses"
    for status, (response, _, pointer) in one.responses(operation).items():
        if not re.fullmatch(r"[1-5][0-9]{2}|[1-5]XX|default|x-.+", status):
            yield pointer, "a response whose key is no status"
        elif "description" not in response and not status.startswith("x-"):
            yield pointer, "a response without description"
    declared = [item.get("name") for item in operation.parameters if item.get("in") == "path"]
    for name in re.findall(r"\{([^{}/]+)\}", operation.path):
        if name not in declared:
            yield operation.pointer, "a part of the path that no parameter describes"
    for item in operation.parameters:
        if not isinstance(item.get("name"), str) or item.get("in") not in ("path", "query", "header", "cookie"):
            yield operation.pointer, "a parameter without name or place"
        elif item["in"] == "path" and item.get("required") is not True:
            yield operation.pointer, "a part of the path that is not required"
