"""Text that makes a regular expression slow, made from the expression itself: each of its loops is pumped.

A loop that can be entered at many places, or in many ways, takes time that grows with the square of the text, or worse.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from re import _constants as names  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import checker

_LOOPS = (names.MAX_REPEAT, names.MIN_REPEAT, names.POSSESSIVE_REPEAT)
_MANY = 200
"""Times that make a loop worth a try."""
_EVERYWHERE = {"search", "sub", "subn", "findall", "finditer", "split"}
_USE = r"\b{name}\.(search|match|fullmatch|subn?|findall|finditer|split|scanner)\b"


@dataclass
class Used:
    """A pattern, where it stands, and by what methods text meets it."""

    pattern: re.Pattern[Any]
    where: str
    methods: set[str] = field(default_factory=set)


def patterns() -> list[Used]:
    """Every pattern of the product: those with a name, those in tables, those that functions compile."""
    found: dict[tuple[Any, int], Used] = {}
    modules = [
        importlib.import_module(one.name)
        for one in pkgutil.walk_packages(checker.__path__, "checker.")
        if not one.name.endswith("__main__") and ".spark" not in one.name
    ]
    sources = {module.__name__: Path(module.__file__ or "").read_text("utf-8") for module in modules}

    def add(pattern: re.Pattern[Any], where: str, methods: set[str]) -> None:
        key = (pattern.pattern, pattern.flags)
        found.setdefault(key, Used(pattern, where)).methods.update(methods)

    for module in modules:
        source = sources[module.__name__]
        for name, value in list(vars(module).items()):
            for pattern in _inside(value):
                text = source if name.startswith("_") else "\n".join(sources.values())
                uses = set(re.findall(_USE.format(name=re.escape(name)), text)) if value is pattern else set()
                add(pattern, f"{module.__name__}.{name}", uses or {"search"})
        for pattern, line, method in _written(source):
            add(pattern, f"{module.__name__}:{line}", {method})
    return sorted(found.values(), key=lambda one: one.where)


def _inside(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _inside(one, depth + 1)
    elif depth < 4 and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _inside(one, depth + 1)
    elif depth < 4 and not isinstance(value, type):
        for name in getattr(value, "__dataclass_fields__", ()):
            yield from _inside(getattr(value, name, None), depth + 1)


def _written(source: str) -> Iterator[tuple[re.Pattern[Any], int, str]]:
    """Calls such as ``re.sub("…", …)`` in functions."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        of, first = node.func.value, node.args[0]
        direct = isinstance(of, ast.Name) and of.id == "re" and node.func.attr not in ("compile", "escape")
        if direct and isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
            yield re.compile(first.value), node.lineno, node.func.attr


def attacks(pattern: re.Pattern[Any], size: int) -> Iterator[Any]:
    """Texts of about that size, of the kind that the pattern reads."""
    seen: set[str] = set()
    for before, turn in _loops(list(parser.parse(pattern.pattern, pattern.flags))):
        for again in dict.fromkeys((turn, before + turn, before)):
            if again:
                for text in (before + again * (size // len(again)) + "\0", again * (size // len(again)) + "\0"):
                    if text not in seen:
                        seen.add(text)
                        yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _loops(tree: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """What leads to each loop, and one turn of it."""
    for index, (kind, of) in enumerate(tree):
        here = before + _shortest(tree[:index])
        if kind in _LOOPS:
            if of[1] is names.MAXREPEAT or of[1] >= _MANY:
                yield from ((here, turn) for turn in _turns(list(of[2])) if turn)
            yield from _loops(list(of[2]), here)
        elif kind is names.SUBPATTERN:
            yield from _loops(list(of[-1]), here)
        elif kind is names.BRANCH:
            for branch in of[1]:
                yield from _loops(list(branch), here)
        elif kind in (names.ASSERT, names.ASSERT_NOT):
            yield from _loops(list(of[1]), here)
        elif kind is names.ATOMIC_GROUP:
            yield from _loops(list(of), here)


def _turns(tree: list[Any]) -> list[str]:
    if len(tree) == 1:
        kind, of = tree[0]
        if kind is names.IN:
            fits = _characters(of)
            return list(dict.fromkeys([fits[0], fits[-1], *(one for one in ' "\\/-.:' if one in fits)]))
        if kind is names.BRANCH:
            return [_shortest(list(branch)) for branch in of[1]]
        if kind is names.SUBPATTERN:
            return _turns(list(of[-1]))
    return [_shortest(tree)]


def _shortest(tree: list[Any]) -> str:
    return "".join(_one(kind, of) for kind, of in tree)


def _one(kind: Any, of: Any) -> str:
    if kind is names.LITERAL:
        return chr(of)
    if kind is names.NOT_LITERAL:
        return "a" if of != ord("a") else "b"
    if kind is names.IN:
        return str(_characters(of)[0])
    if kind is names.ANY:
        return "a"
    if kind is names.SUBPATTERN:
        return _shortest(list(of[-1]))
    if kind is names.BRANCH:
        return _shortest(list(of[1][0]))
    if kind in _LOOPS:
        return _shortest(list(of[2])) * min(int(of[0]), 50)
    return _shortest(list(of)) if kind is names.ATOMIC_GROUP else ""


def _characters(items: list[Any]) -> list[str]:
    """Characters of a class, common ones first."""
    outside = items[0][0] is names.NEGATE
    wanted = (*range(97, 123), *range(48, 58), *range(32, 127), 9, 10, 13, 0xA0, 0x200B)
    fits = [chr(code) for code in wanted if any(_is_one(chr(code), *one) for one in items) != outside]
    return fits or [chr(of[0] if kind is names.RANGE else of) for kind, of in items if kind is not names.NEGATE][:1]


def _is_one(character: str, kind: Any, of: Any) -> bool:
    if kind is names.LITERAL:
        return bool(ord(character) == of)
    if kind is names.RANGE:
        return bool(of[0] <= ord(character) <= of[1])
    if kind is not names.CATEGORY:
        return False
    word = character.isalnum() or character == "_"
    return {
        names.CATEGORY_DIGIT: character.isdigit(),
        names.CATEGORY_NOT_DIGIT: not character.isdigit(),
        names.CATEGORY_SPACE: character.isspace(),
        names.CATEGORY_NOT_SPACE: not character.isspace(),
        names.CATEGORY_WORD: word,
        names.CATEGORY_NOT_WORD: not word,
    }[of]
