"""What can be told offline of the expressions that pick SNOMED CT concepts.

Source: SNOMED CT Expression Constraint Language 2.2, and http://hl7.org/fhir/R4/snomedct.html (filters ``concept``
and ``constraint``). A list of concepts joined by OR is decided without any release of SNOMED CT; a subtree
surely holds its root; all else stays unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LONGEST: Final = 50_000
_DEEPEST: Final = 10
_TERM = re.compile(r"\|[^|]*\|")
_BEYOND = re.compile(r"\b(?:AND|MINUS)\b|[,:={}.!]", re.IGNORECASE)
"""Signs of conjunction, exclusion, refinement and filters: nothing is told of such an expression."""
_WORD = re.compile(r"[()]|\bOR\b", re.IGNORECASE)
_CONCEPT = re.compile(r"[0-9]{6,18}")
_SUBTREE = re.compile(r"(?:<<|descendantorselfof\s)\s*([0-9]{6,18})", re.IGNORECASE)


@lru_cache(maxsize=512)
def listed(expression: str) -> tuple[frozenset[str], bool]:
    """The concepts that surely satisfy the expression, and whether these are all there are.

    >>> sorted(listed("722742002 |Room air| OR 371825009")[0]), listed("<<404684003")[1]
    (['371825009', '722742002'], False)
    """
    plain = _TERM.sub(" ", expression[:_LONGEST])
    if len(expression) > _LONGEST or _BEYOND.search(plain):
        return frozenset(), False
    sure: set[str] = set()
    whole = _collect(plain, sure, 0)
    return frozenset(sure), whole


def _collect(text: str, sure: set[str], depth: int) -> bool:
    """Adds what is sure of a disjunction; tells whether nothing else is in it."""
    whole = True
    for operand in _operands(text):
        subtree = _SUBTREE.fullmatch(operand)
        if _CONCEPT.fullmatch(operand):
            sure.add(operand)
        elif operand.startswith("(") and operand.endswith(")") and depth < _DEEPEST:
            whole = _collect(operand[1:-1], sure, depth + 1) and whole
        else:
            whole = False
            if subtree:
                sure.add(subtree.group(1))
    return whole


def _operands(text: str) -> list[str]:
    """What stands between the ORs that are in no bracket."""
    found, depth, begin = [], 0, 0
    for word in _WORD.finditer(text):
        if word.group() == "(":
            depth += 1
        elif word.group() == ")":
            depth -= 1
        elif depth == 0:
            found.append(text[begin : word.start()].strip())
            begin = word.end()
    return [*found, text[begin:].strip()]
