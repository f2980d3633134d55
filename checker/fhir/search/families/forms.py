"""The forms in which one value may be searched for: tokens, strings, references, quantities."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from checker.fhir.search.asking import Family, Group, query
from checker.fhir.search.facts import Facts
from checker.fhir.search.families.oracle import both, both_if_used
from checker.fhir.search.matching import escaped, folded, plain, split
from checker.fhir.search.parameters import Parameter


def _tokens(facts: Facts) -> Iterator[Group]:
    able = (
        (kind, known, word)
        for kind, known in facts.each("token")
        for word in [next((each for each in facts.wordings(kind, known) if len(split(each, "|")) == 2), "")]
        if word
    )
    for kind, known, word in islice(able, 2):
        system, code = split(word, "|")
        shapes = {"system|code": word, "code alone": code, "system|": f"{system}|", "|code": f"|{code}"}
        for form, value in shapes.items():
            yield Group(f"the search for {kind} by {known.name} as {form}", (query(kind, (known.name, value)),))


def _strings(facts: Facts) -> Iterator[Group]:
    able = [(kind, known, words) for kind, known in facts.each("string") if (words := _long(facts, kind, known))]
    able.sort(key=lambda one: not _is_accented(one[2][0]))
    for kind, known, words in able[:2]:
        text = plain(words[0])
        start = text[: max(3, len(text) // 2)]
        shapes = {
            "in small letters": (known.name, start.lower()),
            "in capital letters": (known.name, start.upper()),
            "without accents": (known.name, folded(start)),
            ":exact": (f"{known.name}:exact", text),
            ":exact and other letters": (f"{known.name}:exact", text.swapcase()),
            ":contains": (f"{known.name}:contains", text[1 : max(4, len(text) - 1)].upper()),
        }
        for form, (name, value) in shapes.items():
            about = f"the search for {kind} by {known.name}, {form}"
            yield Group(about, (query(kind, (name, escaped(value))),))


def _long(facts: Facts, kind: str, known: Parameter) -> list[str]:
    """Texts of four letters or more; those with accents first."""
    words = [word for word in facts.wordings(kind, known) if len(word) > 3 and word.isprintable()]
    return sorted(words, key=lambda word: not _is_accented(word))


def _is_accented(text: str) -> bool:
    return folded(text) != text.casefold()


_SINGLE = ("patient", "encounter")
"""Parameters that refer to one type: only there a bare id is clear."""


def _references(facts: Facts) -> Iterator[Group]:
    able = (
        (kind, known, word)
        for kind, known in facts.each("reference")
        if known.name in _SINGLE
        for word in facts.wordings(kind, known)[:1]
        if word
    )
    for kind, known, word in islice(able, 2):
        shapes = {"Type/id": word, "an id": word.partition("/")[2], "an absolute URL": f"{facts.base}/{word}"}
        for form, value in shapes.items():
            yield Group(f"the search for {kind} by {known.name} as {form}", (query(kind, (known.name, value)),))
    for kind, known in facts.each("reference"):
        word = next(iter(facts.wordings(kind, known)), "") if known.name == "subject" else ""
        if word:
            target, _, id = word.partition("/")
            pair = (f"{known.name}:{target}", id)
            yield Group(f"the search for {kind} by {known.name}:{target}", (query(kind, pair),))
            return


def _quantities(facts: Facts) -> Iterator[Group]:
    able = (
        (kind, known, words[len(words) // 2])
        for kind, known in facts.each("quantity", "number")
        if (words := [word for word in facts.wordings(kind, known) if word])
    )
    for kind, known, word in islice(able, 2):
        number, _, unit = word.partition("|")
        step = max(2.0, abs(float(number)) / 10)
        end = f"|{unit}" if unit else ""
        low, high = f"{float(number) - step:.12g}", f"{float(number) + step:.12g}"
        for prefix, value in (("", number), ("ge", number), ("le", number), ("gt", low), ("lt", high), ("gt", high)):
            about = f"the search for {kind} by {known.name} with {prefix or 'no prefix'}"
            yield Group(about, (query(kind, (known.name, f"{prefix}{value}{end}")),))


FAMILIES = {
    "token-forms": Family(_tokens, {"both": both}, most=9),
    "string-forms": Family(_strings, {"both": both_if_used}, most=13, optional=True),
    "reference-forms": Family(_references, {"both": both_if_used}, most=8),
    "quantity-forms": Family(_quantities, {"both": both_if_used}, most=13),
}
