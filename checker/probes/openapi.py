"""OpenAPI documents that a supplier submits: JSON or YAML, parsed strictly, and kept as they are.

No key twice, no date where text stands; aliases are followed as far as the whole stays small (a few of them can stand
for gigabytes). What is too large or too deep for this tool is no fault of the document. An OpenAPI document is meant
to be published: its content is kept among the facts, so that answers can be held against it later.

Source: https://spec.openapis.org/oas/v3.0.3#format; https://www.rfc-editor.org/rfc/rfc9512.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.model.whole_text import whole_value

if TYPE_CHECKING:
    from yaml.nodes import Node

CURRENT = "openapi"
"""The kind of artefact that holds the document in force."""
BEFORE = "openapi-other"
"""The kind of the version before it."""
_MOST_BYTES = 4 * 1024 * 1024
_MOST_FILES = 400
_MOST_DEPTH = 60
_MOST_NODES = 400_000
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Refused(Exception):
    """The file is not what an OpenAPI document may be."""


class _TooMuch(Exception):
    """The file is more than this tool takes."""


class OpenApi:
    """Reads the files of an OpenAPI description, each for itself."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._bytes = 0
        self._found: list[dict[str, Any]] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._bytes += len(chunk)
        if self._bytes <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        text, size = bytes(self._held), self._bytes
        self._held, self._bytes = bytearray(), 0
        if len(self._found) > _MOST_FILES:
            return
        if len(self._found) == _MOST_FILES:
            self._found.append({"limit": f"more than {_MOST_FILES} files"})
        elif size > _MOST_BYTES:
            self._found.append({"limit": f"longer than {_MOST_BYTES} bytes"})
        else:
            self._found.append(parsed(text))

    def facts(self) -> dict[str, Any]:
        """``documents``: of each file its ``document``, the ``problem`` with it, or the ``limit`` that it breaks."""
        return {"documents": self._found}


def parsed(text: bytes) -> dict[str, Any]:
    r"""``document``, ``problem`` or ``limit`` of one file.

    >>> parsed(b"openapi: 3.0.3\ninfo: {version: 1.10.0}")
    {'document': {'openapi': '3.0.3', 'info': {'version': '1.10.0'}}}
    >>> parsed(b"a: 1\na: 2")
    {'problem': "the key 'a' stands twice, again at line 2"}
    """
    try:
        decoded = text.decode("utf-8-sig")
        is_json = decoded.lstrip()[:1] in ("{", "[")
        found = _of_json(decoded) if is_json else _of_yaml(decoded)
        _not_too_deep(found)
        found = whole_value(found)
    except UnicodeDecodeError:
        return {"problem": "not UTF-8"}
    except RecursionError:
        return {"limit": "nested too deeply"}
    except _TooMuch as much:
        return {"limit": str(much)}
    except _Refused as refused:
        return {"problem": str(refused)}
    except ValueError as error:
        return {"problem": str(error)}
    if not isinstance(found, dict):
        return {"problem": "not a mapping of keys to values"}
    return {"document": found}


def _of_json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _Refused(f"the key {key[:60]!r} stands twice")
            found[key] = value
        return found

    def constant(name: str) -> Any:
        raise _Refused(f"{name} is no JSON")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise _Refused(f"not valid JSON at line {line}") from None


def _of_yaml(text: str) -> Any:
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise _Refused("nothing is in it")
        return _Values().of(root, 0)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _Refused(f"not valid YAML at line {line}") from None
    except yaml.YAMLError:
        raise _Refused("not valid YAML") from None


class _Values:
    """Plain values of nodes. An alias is its anchor again: what comes of all of them together is counted."""

    def __init__(self) -> None:
        self._made = 0

    def of(self, node: Node | None, depth: int) -> Any:
        """The value of a node."""
        from yaml.nodes import ScalarNode, SequenceNode

        self._made += 1
        if depth > _MOST_DEPTH or self._made > _MOST_NODES:
            raise _TooMuch("nested too deeply" if depth > _MOST_DEPTH else f"more than {_MOST_NODES} values")
        if isinstance(node, ScalarNode):
            return _scalar(str(node.value), plain=node.style is None)
        if isinstance(node, SequenceNode):
            return [self.of(one, depth + 1) for one in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: Node | None, depth: int) -> dict[str, Any]:
        from yaml.nodes import MappingNode, ScalarNode

        found: dict[str, Any] = {}
        for key, inner in node.value if isinstance(node, MappingNode) else ():
            if not isinstance(key, ScalarNode):
                raise _Refused(f"a key at line {key.start_mark.line + 1} is not text")
            name = str(key.value)
            if name in found:
                raise _Refused(f"the key {name[:60]!r} stands twice, again at line {key.start_mark.line + 1}")
            found[name] = self.of(inner, depth + 1)
        return found


def _scalar(text: str, *, plain: bool) -> Any:
    """The value of a scalar by YAML's JSON schema: quoted is text, and so is what is no number or word of JSON."""
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _not_too_deep(value: Any) -> None:
    """Evidence is written as JSON: what is nested too deeply for that is refused here."""
    waiting = [(value, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _MOST_DEPTH:
            raise _TooMuch("nested too deeply")
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting += [(one, depth + 1) for one in inner]


@probe("openapi.current", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def current(s: Session, p: NoParams) -> None:
    """The OpenAPI document in force (artefact ``openapi``: file, folder, or URL); nothing where there is none."""
    if s.supplier.artefacts_of(CURRENT):
        await s.artefacts(CURRENT, "document", "openapi")


@probe("openapi.before", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def before(s: Session, p: NoParams) -> None:
    """The version before it (artefact ``openapi-other``)."""
    await s.artefacts(BEFORE, "document", "openapi")


@probe("openapi.submitted", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def submitted(s: Session, p: NoParams) -> None:
    """The OpenAPI document in force, where a requirement cannot do without it."""
    await s.artefacts(CURRENT, "document", "openapi")
