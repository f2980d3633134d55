"""A finite automaton for regular expressions: each character is read once, whatever the pattern.

The set of places in the pattern that may have been reached is the state; its moves are remembered.
"""

from __future__ import annotations

from checker.fhir.regex_syntax import Node, UnsupportedRegex, _word

_MAX_PLACES = 12_000
_MAX_MOVES = 20_000
_MAX_WORK = 5_000_000

_SET, _SPLIT, _ASSERT, _END = range(4)
State = frozenset[int]


class Automaton:
    """The places of a pattern and what leads from one to the next. Raises :class:`UnsupportedRegex` when too many."""

    __slots__ = ("kinds", "moves", "next", "tests")

    def __init__(self, root: Node) -> None:
        self.kinds: list[int] = []
        self.tests: list[object] = []
        self.next: list[tuple[int, ...]] = []
        self.moves: dict[tuple[State, int, str, bool], tuple[State, bool]] = {}
        end = self._place(_END, None, ())
        start = self._build(root, end)
        self._place(_SPLIT, None, (start,))

    def _place(self, kind: int, test: object, following: tuple[int, ...]) -> int:
        if len(self.kinds) >= _MAX_PLACES:
            raise UnsupportedRegex("too large a pattern")
        self.kinds.append(kind)
        self.tests.append(test)
        self.next.append(following)
        return len(self.kinds) - 1

    def _build(self, node: Node, then: int) -> int:
        """Places for the node; ``then`` follows it. Gives the first place."""
        if node.kind == "set":
            return self._place(_SET, node.test, (then,))
        if node.kind == "assert":
            return self._place(_ASSERT, node.name, (then,))
        if node.kind == "either":
            return self._place(_SPLIT, None, tuple(self._build(part, then) for part in node.parts))
        if node.kind != "repeat":
            for part in reversed(node.parts):
                then = self._build(part, then)
            return then
        part = node.parts[0]
        if node.most is None:
            loop = self._place(_SPLIT, None, ())
            self.next[loop] = (self._build(part, loop), then)
            then = loop
        else:
            after = then
            for _ in range(node.most - node.least):
                then = self._place(_SPLIT, None, (self._build(part, then), after))
        for _ in range(node.least):
            then = self._build(part, then)
        return then

    def run(self, text: str, *, anywhere: bool) -> bool:
        """Whether the text matches, as a whole or ``anywhere`` in it."""
        start = len(self.kinds) - 1
        state: State = frozenset((start,))
        before = 0  # 0 the start of the text, 1 a word character, 2 another
        work = 0
        for char in text:
            move = self.moves.get((state, before, char, anywhere))
            if move is None:
                reached, ended, steps = self._closure(state, before, char)
                work += steps
                if work > _MAX_WORK:
                    raise ValueError("the regular expression takes too long on this text")
                after = frozenset(self.next[place][0] for place in reached if self.tests[place](char))  # type: ignore[operator]
                if anywhere:
                    after |= {start}
                if len(self.moves) > _MAX_MOVES:
                    self.moves.clear()
                move = self.moves[state, before, char, anywhere] = (after, ended)
            state, ended = move
            if ended and anywhere:
                return True
            if not state:
                return False
            before = 1 if _word(char) else 2
        return self._closure(state, before, "")[1]

    def _closure(self, state: State, before: int, char: str) -> tuple[list[int], bool, int]:
        """The places that wait for a character, whether the end is reached, and the steps taken."""
        seen = set(state)
        stack = list(state)
        reached: list[int] = []
        ended = False
        while stack:
            place = stack.pop()
            kind = self.kinds[place]
            if kind == _SET:
                reached.append(place)
            elif kind == _END:
                ended = True
            elif kind == _SPLIT or _holds(str(self.tests[place]), before, char):
                for following in self.next[place]:
                    if following not in seen:
                        seen.add(following)
                        stack.append(following)
        return reached, ended, len(seen)


def _holds(name: str, before: int, char: str) -> bool:
    if name == "^":
        return before == 0
    if name == "$":
        return char == ""
    return ((before == 1) != (char != "" and _word(char))) == (name == "b")
