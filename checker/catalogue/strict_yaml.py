"""YAML without its traps: no duplicate keys, no aliases, no tags, and no guessing of types.

A plain scalar is text unless it is ``true``, ``false`` or empty (``null``, ``~``). Numbers are
read as numbers only below the keys that the caller names, so that ``version: 1.10``,
``country: NO`` and ``expires: 2026-11-30`` stay what was written.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from checker.catalogue.document import Document, step
from checker.errors import ProfileFault, UsageFault
from checker.model.whole_text import whole_text

MAX_BYTES = 4 * 1024 * 1024
"""Larger files are not read: a profile of a thousand rows is a quarter of this."""

TYPED_UNDER = frozenset({"evidence-floor", "with", "parameterise", "settings"})
"""Below these keys of a profile, plain numbers are numbers."""

_TEXT = "tag:yaml.org,2002:str"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Loader(yaml.SafeLoader):
    """Composes nodes only. With no implicit resolvers, every plain scalar is text."""

    yaml_implicit_resolvers = {}

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Refuse an alias before it is expanded: a few of them can stand for gigabytes."""
        if self.check_event(AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "an alias (*name) is not allowed", mark)
        return super().compose_node(parent, index)


def parse(
    text: bytes,
    source: str,
    *,
    typed_under: frozenset[str] = TYPED_UNDER,
    fault: type[UsageFault] = ProfileFault,
) -> Document:
    """The document in ``text``, which must be one mapping. Raises ``fault`` with file and line."""
    return _Reader(source, typed_under, fault).read(text)


class _Reader:
    """One reading of one file: keeps the line of every place."""

    def __init__(self, source: str, typed_under: frozenset[str], fault: type[UsageFault]) -> None:
        self.source = source
        self.typed_under = typed_under
        self.fault = fault
        self.lines: dict[str, int] = {}

    def read(self, text: bytes) -> Document:
        """Compose, then build plain values."""
        try:
            root = self._compose(text)
            if not isinstance(root, MappingNode):
                raise self.problem("the file is not a mapping of keys to values", 1, "Begin with 'key: value' lines.")
            data = self.mapping(root, "", typed=False)
        except RecursionError:
            raise self.problem("the file is nested too deeply", 1, "Flatten it.") from None
        return Document(source=self.source, data=data, lines=self.lines)

    def _compose(self, text: bytes) -> Node | None:
        if len(text) > MAX_BYTES:
            raise self.problem(f"the file is larger than {MAX_BYTES} bytes", 1, "Split it into several files.")
        try:
            return yaml.compose(text.decode("utf-8"), Loader=_Loader)
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise self.problem("the file is not UTF-8", line, "Save it as UTF-8.") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            told = ", ".join(part for part in (error.context, error.problem) if part)
            line = mark.line + 1 if mark else 1
            raise self.problem(f"not valid YAML: {told}", line, "Mend the line, or the one above it.") from None
        except yaml.YAMLError as error:
            raise self.problem(f"not valid YAML: {error}", 1, "Remove characters that cannot be printed.") from None

    def problem(self, what: str, line: int, next_step: str) -> UsageFault:
        """The fault to raise."""
        return self.fault(what, where=f"{self.source}:{line}", next_step=next_step)

    def value(self, node: Node, pointer: str, *, typed: bool) -> Any:
        """Plain value of a node."""
        line = node.start_mark.line + 1
        self.lines.setdefault(pointer, line)
        if isinstance(node, MappingNode):
            return self.mapping(node, pointer, typed=typed)
        if isinstance(node, SequenceNode):
            self.plain_tag(node, "tag:yaml.org,2002:seq")
            return [self.value(item, step(pointer, i), typed=typed) for i, item in enumerate(node.value)]
        self.plain_tag(node, _TEXT)
        found = scalar(node, typed=typed)
        return self.whole(found, line) if isinstance(found, str) else found

    def mapping(self, node: MappingNode, pointer: str, *, typed: bool) -> dict[str, Any]:
        """Plain dict of a mapping; every key a string, and only once."""
        self.plain_tag(node, "tag:yaml.org,2002:map")
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.key(key_node, line)
            place = step(pointer, key)
            if key in found:
                first = self.lines[place]
                raise self.problem(f"the key {key!r} stands twice", line, f"Keep one; the other is on line {first}.")
            self.lines[place] = line
            found[key] = self.value(value_node, place, typed=typed or key in self.typed_under)
        return found

    def key(self, node: Node, line: int) -> str:
        """The text of a key."""
        if not isinstance(node, ScalarNode) or node.tag != _TEXT or not isinstance(scalar(node, typed=True), str):
            raise self.problem("a key is not text", line, "Write the key as a word, or in quotes.")
        return self.whole(str(node.value), line)

    def whole(self, text: str, line: int) -> str:
        """The text, with characters that were written in two halves."""
        found = whole_text(text)
        if found is None:
            raise self.problem("a text holds half of a character", line, "Write the character itself.")
        return found

    def plain_tag(self, node: Node, expected: str) -> None:
        """Refuse explicit tags such as ``!!python/object``."""
        if node.tag != expected:
            line = node.start_mark.line + 1
            raise self.problem(f"the tag {node.tag!r} is not allowed", line, "Remove the tag: types are not written.")


def scalar(node: Node, *, typed: bool) -> str | int | float | bool | None:
    """The value of a scalar node: quoted is text; see the module for plain ones."""
    text = str(node.value)
    if not isinstance(node, ScalarNode) or node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if typed and _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if typed and _FLOAT.fullmatch(text):
        return float(text)
    return text
