"""Reading a regular expression: its syntax tree, its cost when backtracking, its form for Python.

Source: https://www.w3.org/TR/xmlschema11-2/#regexs
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_MAX_REPEAT = 5_000
_MAX_DEPTH = 60
_INFINITE = 10**18


class UnsupportedRegex(ValueError):
    """A pattern that is none, or that uses what is not supported."""


class Node:
    """A part of a pattern.

    ``kind``: ``set`` (one character, in ``source``), ``join``, ``either``, ``repeat``, ``group``, ``assert`` (``^``,
    ``$``, ``b``, ``B``).
    """

    __slots__ = ("kind", "least", "most", "name", "parts", "source", "test")

    def __init__(
        self,
        kind: str,
        parts: tuple[Node, ...] = (),
        *,
        source: str = "",
        test: Callable[[str], bool] | None = None,
        least: int = 0,
        most: int | None = None,
        name: str = "",
    ) -> None:
        self.kind, self.parts, self.source, self.test = kind, parts, source, test
        self.least, self.most, self.name = least, most, name


def parse(pattern: str) -> Node:
    """The syntax tree. Raises :class:`UnsupportedRegex`."""
    reader = _Reader(pattern)
    root = reader.either(0)
    if reader.at < len(pattern):
        raise UnsupportedRegex(f"unbalanced parenthesis at {reader.at}")
    return root


class _Reader:
    __slots__ = ("at", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, count: int = 1) -> str:
        text = self.pattern[self.at : self.at + count]
        if len(text) < count:
            raise UnsupportedRegex("the pattern ends too early")
        self.at += count
        return text

    def either(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise UnsupportedRegex("nested too deep")
        branches = [self.join(depth)]
        while self.peek("|"):
            self.at += 1
            branches.append(self.join(depth))
        return branches[0] if len(branches) == 1 else Node("either", tuple(branches))

    def join(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and not self.peek("|") and not self.peek(")"):
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Node("join", tuple(parts))

    def repeated(self, atom: Node) -> Node:
        bounds = self.bounds()
        if bounds is None:
            return atom
        if self.peek("?"):
            self.at += 1
        elif self.peek("+"):
            raise UnsupportedRegex("possessive quantifier")
        if self.bounds() is not None or atom.kind == "assert":
            raise UnsupportedRegex("nothing to repeat")
        return Node("repeat", (atom,), least=bounds[0], most=bounds[1])

    def bounds(self) -> tuple[int, int | None] | None:
        for symbol, found in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.peek(symbol):
                self.at += 1
                return found
        match = re.compile(r"\{(\d{1,7})(?:(,)(\d{1,7})?)?\}", re.ASCII).match(self.pattern, self.at)
        if match is None:
            return None
        self.at = match.end()
        least = int(match[1])
        most = int(match[3]) if match[3] else None if match[2] else least
        if least > _MAX_REPEAT or (most is not None and (most < least or most > _MAX_REPEAT)):
            raise UnsupportedRegex("a count that cannot be used")
        return least, most

    def atom(self, depth: int) -> Node:
        char = self.take()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return self.characters()
        if char == ".":
            return Node("set", source=r"[\s\S]", test=lambda _: True)
        if char in "^$":
            return Node("assert", name=char)
        if char == "\\":
            return self.escape()
        if char in "*+?":
            raise UnsupportedRegex("nothing to repeat")
        return _exact(char)

    def group(self, depth: int) -> Node:
        name, captures = "", True
        if self.peek("?:"):
            self.at += 2
            captures = False
        elif self.peek("?"):
            match = re.compile(r"\?P?<([A-Za-z]\w*)>", re.ASCII).match(self.pattern, self.at)
            if match is None:
                raise UnsupportedRegex("a group of a kind that is not supported")
            name = match[1]
            self.at = match.end()
        inner = self.either(depth + 1)
        if not self.peek(")"):
            raise UnsupportedRegex("a parenthesis is not closed")
        self.at += 1
        return Node("group", (inner,), name=name) if captures else Node("join", (inner,))

    def escape(self) -> Node:
        char = self.take()
        if char in "bB":
            return Node("assert", name=char)
        if char in "AzZ":
            return Node("assert", name="^" if char == "A" else "$")
        if char in "123456789":
            raise UnsupportedRegex("back reference")
        return self.escaped(char)

    def escaped(self, char: str) -> Node:
        """What an escape stands for, in or out of brackets."""
        if char in _CLASSES:
            source, test = _CLASSES[char]
            return Node("set", source=source, test=test)
        if char in "pP":
            return self.category(char == "P")
        if char in "ux":
            digits = self.take(4 if char == "u" else 2)
            if not re.fullmatch("[0-9a-fA-F]+", digits):
                raise UnsupportedRegex("a wrong character escape")
            return _exact(chr(int(digits, 16)))
        if char in _CONTROL:
            return _exact(_CONTROL[char])
        if char.isalnum():
            raise UnsupportedRegex(f"the escape \\{char} is not known")
        return _exact(char)

    def category(self, negated: bool) -> Node:
        match = re.compile(r"\{\^?([A-Z][a-z]?)\}", re.ASCII).match(self.pattern, self.at)
        if match is None:
            raise UnsupportedRegex("a character category that is not known")
        self.at = match.end()
        name = match[1]
        # Python's engine has no categories: an empty source sends the pattern to the automaton.
        return Node("set", test=lambda char: unicodedata.category(char).startswith(name) != negated)

    def characters(self) -> Node:
        negated = self.peek("^")
        if negated:
            self.at += 1
        members: list[Node] = []
        without: Node | None = None
        first = True
        while not self.peek("]") or first:
            if self.peek("-[") and members:
                self.at += 2
                without = self.characters()
                break
            members.append(self.range())
            first = False
        if self.take() != "]":
            raise UnsupportedRegex("a bracket is not closed")
        sources = [member.source for member in members]
        source = f"[{'^' if negated else ''}{''.join(_bare(one) for one in sources)}]"
        if without is not None or not all(sources):
            source = ""
        tests = [member.test for member in members if member.test is not None]

        def test(char: str) -> bool:
            inside = any(one(char) for one in tests) != negated
            return inside and not (without is not None and without.test is not None and without.test(char))

        return Node("set", source=source, test=test)

    def member(self) -> Node:
        char = self.take()
        if char == "\\":
            return self.escaped(self.take())
        return _exact(char)

    def range(self) -> Node:
        low = self.member()
        if not self.peek("-") or self.peek("-]") or self.peek("-["):
            return low
        self.at += 1
        high = self.member()
        if len(low.name) != 1 or len(high.name) != 1 or low.name > high.name:
            raise UnsupportedRegex("a range that cannot be used")
        first, last = low.name, high.name
        return Node("set", source=f"[{_quoted(first)}-{_quoted(last)}]", test=lambda char: first <= char <= last)


def _quoted(char: str) -> str:
    return f"\\U{ord(char):08x}" if not char.isalnum() or not char.isascii() else char


def _exact(char: str) -> Node:
    return Node("set", source=f"[{_quoted(char)}]", test=lambda other: other == char, name=char)


def _bare(source: str) -> str:
    """The inside of a bracket expression."""
    return source[1:-1] if source.startswith("[") else source


def _word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _space(char: str) -> bool:
    return char in " \t\n\r\f\v"


def _digit(char: str) -> bool:
    return "0" <= char <= "9"


_CLASSES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "d": ("[0-9]", _digit),
    "D": (r"[\x00-/:-\U0010ffff]", lambda char: not _digit(char)),
    "w": ("[A-Za-z0-9_]", _word),
    "W": (r"[\x00-/:-@\[-\^`{-\U0010ffff]", lambda char: not _word(char)),
    "s": (r"[ \t\n\r\f\v]", _space),
    "S": (r"[\x00-\x08\x0e-\x1f!-\U0010ffff]", lambda char: not _space(char)),
}
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}


# ---- what becomes of it


Cost = tuple[int, int]
"""A factor and a power: how often the length of the text multiplies it."""


def cost(node: Node) -> Cost | None:
    """In how many ways at most a text may match, as a backtracking engine tries them; None when without bound."""
    if node.kind == "set":
        return (1, 0) if node.source else None
    factor, power = 1, 0
    inner: list[Cost] = []
    for part in node.parts:
        one = cost(part)
        if one is None:
            return None
        inner.append(one)
    if node.kind == "repeat":
        factor, power = inner[0]
        if node.most is None:
            return (1, 1) if (factor, power) == (1, 0) else None
        if (factor > 1 or power) and node.most > 20:
            return None
        return _bounded(factor**node.most * (node.most - node.least + 1), power * node.most)
    if node.kind == "either":
        factors = [one[0] for one in inner]
        return _bounded(max(factors) if _told_apart(node.parts) else sum(factors), max(one[1] for one in inner))
    for one in inner:
        factor, power = factor * one[0], power + one[1]
    return _bounded(factor, power)


def _bounded(factor: int, power: int) -> Cost | None:
    return (factor, power) if factor < _INFINITE and power < 10 else None


def _told_apart(branches: tuple[Node, ...]) -> bool:
    """Whether the first character tells which branch it is."""
    taken: set[str] = set()
    for branch in branches:
        starts = _starts(branch)
        if starts is None or taken & starts:
            return False
        taken |= starts
    return True


def _starts(node: Node) -> set[str] | None:
    """The ASCII characters that a match begins with; None when it may be empty, or begin with others."""
    if node.kind == "set" and node.test is not None:
        test = node.test
        return None if test("\u00e9") or test("\u4e00") else {char for char in map(chr, range(128)) if test(char)}
    if node.kind == "either":
        found: set[str] = set()
        for part in node.parts:
            starts = _starts(part)
            if starts is None:
                return None
            found |= starts
        return found
    if node.kind == "assert" or not node.parts or (node.kind == "repeat" and node.least == 0):
        return None
    return _starts(node.parts[0])


def python(node: Node) -> str:
    """The pattern for Python's engine; categories are left to the automaton."""
    if node.kind == "set":
        return node.source or "(?!)"
    if node.kind == "assert":
        return {"^": r"\A", "$": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}[node.name]
    inner = [python(part) for part in node.parts]
    if node.kind == "repeat":
        most = "" if node.most is None else str(node.most)
        return f"(?:{inner[0]}){{{node.least},{most}}}"
    if node.kind == "either":
        return f"(?:{'|'.join(inner)})"
    return f"({''.join(inner)})" if node.kind == "group" else f"(?:{''.join(inner)})"


def group_names(root: Node) -> dict[str, int]:
    """The numbers of the named groups."""
    names: dict[str, int] = {}
    count = 0
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "group":
            count += 1
            if node.name:
                names[node.name] = count
        stack.extend(reversed(node.parts))
    return names
