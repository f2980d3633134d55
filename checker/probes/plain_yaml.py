"""YAML in which every scalar is text: no types are guessed, no alias, no key twice, no deep nesting.

Built from the events of the parser, and never from its object graph: an alias, of which a few can stand for
gigabytes, and depth are refused as they are met. The parser in C is used where PyYAML has it.
"""

from __future__ import annotations

from typing import Any

from checker.model.whole_text import whole_text

MOST_DEPTH = 20


class Refused(Exception):
    """The file is not such YAML."""


def parsed(text: bytes) -> dict[str, Any]:
    """A mapping of texts. Raises ``Refused``."""
    import yaml

    try:
        return _Builder().whole(yaml.parse(text.decode("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except UnicodeDecodeError:
        raise Refused("the file is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(f"not valid YAML at line {line}") from None
    except (yaml.YAMLError, RecursionError):
        raise Refused("not valid YAML, or nested too deeply") from None


class _Builder:
    """Builds the one document from events."""

    def __init__(self) -> None:
        self._open: list[tuple[Any, list[str]]] = []
        """Each mapping or list that is not ended, with the key that waits for its value."""
        self._documents = 0
        self._root: Any = None

    def whole(self, events: Any) -> dict[str, Any]:
        from yaml import events as of

        for event in events:
            if isinstance(event, of.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, of.MappingStartEvent | of.SequenceStartEvent):
                made: Any = {} if isinstance(event, of.MappingStartEvent) else []
                self._add(made, event)
                self._open.append((made, []))
                if len(self._open) > MOST_DEPTH + 1:
                    raise Refused("nested too deeply")
            elif isinstance(event, of.MappingEndEvent | of.SequenceEndEvent):
                self._open.pop()
            elif isinstance(event, of.AliasEvent):
                raise Refused("an alias (*name) is not allowed")
            elif isinstance(event, of.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise Refused("not valid YAML: it is more than one document")
        if not isinstance(self._root, dict):
            raise Refused("the file is not a mapping of sections")
        return self._root

    def _scalar(self, event: Any) -> None:
        text = whole_text(event.value)
        if text is None:
            raise Refused(f"half of a character at line {event.start_mark.line + 1}")
        event.value = text
        if self._open:
            around, waiting = self._open[-1]
            if isinstance(around, dict) and not waiting:
                if event.value in around:
                    raise Refused(
                        f"the key {event.value[:60]!r} stands twice, again at line {event.start_mark.line + 1}"
                    )
                around[event.value] = ""
                waiting.append(event.value)
                return
        self._add(event.value, event)

    def _add(self, made: Any, event: Any) -> None:
        if not self._open:
            self._root = made
            return
        around, waiting = self._open[-1]
        if isinstance(around, list):
            around.append(made)
        elif waiting:
            around[waiting.pop()] = made
        else:
            raise Refused(f"a key at line {event.start_mark.line + 1} is not text")
