"""Judged by the oracle: what must be found, and what must not."""

from __future__ import annotations

from collections.abc import Iterator

from checker.fhir.search.asking import Answers, Broken, Group, Kept, Said
from checker.fhir.search.facts import Facts, Resource
from checker.fhir.search.matching import CONTROLS, holds

SHOWN = 5
"""So many of a kind are told one by one."""


def recall(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """Every resource at hand that surely matches is among the matches."""
    for at, answer in enumerate(answers):
        kind, pairs = answer.query.type, answer.query.pairs
        must = {id for id, one in facts.held.get(kind, {}).items() if holds(one, kind, pairs, facts.base) is True}
        lost = sorted(must - answer.ids) if answer.whole else []
        for id in lost[:SHOWN]:
            message = f"{_what(group)} does not find one {kind} that matches and that the server itself had shown."
            yield Broken(message, "each match", "one is missing", at, f"{kind}/{id}")
        if must and not lost and (answer.whole or must & answer.ids):
            yield Kept(f"{_what(group)} finds all that is known to match.", at)


def precision(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """Nothing is among the matches that surely does not match."""
    for at, answer in enumerate(answers):
        kind, pairs = answer.query.type, answer.query.pairs
        said = [holds(one, kind, pairs, facts.base) for one in answer.found.values() if not is_subset(one)]
        if False in said:
            message = f"{_what(group)} gives one {kind} that does not match."
            yield Broken(message, "nothing but matches", f"{said.count(False)} of {len(said)} do not match", at)
        elif True in said or (not said and _known_others(facts, answers, at)):
            yield Kept(f"{_what(group)} gives nothing that does not match.", at)


def _known_others(facts: Facts, answers: Answers, at: int) -> bool:
    """Are resources at hand that an empty answer rightly leaves out?"""
    query = answers[at].query
    held = facts.held.get(query.type, {}).values()
    return any(holds(one, query.type, query.pairs, facts.base) is False for one in held)


def both(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """All matches, and nothing else."""
    yield from recall(facts, group, answers)
    yield from precision(facts, group, answers)


def both_if_used(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """The same, of searches whose criteria the server says that it used: modifiers need not be supported."""
    names = {name for answer in answers for name, _ in answer.query.pairs if name not in CONTROLS}
    if all(answer.used(name) for answer in answers for name in names):
        yield from both(facts, group, answers)


def is_subset(resource: Resource) -> bool:
    """Does the resource say that parts of it were left out?"""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return (
        any(isinstance(tag, dict) and tag.get("code") == "SUBSETTED" for tag in tags or ())
        if isinstance(tags, list)
        else False
    )


def _what(group: Group) -> str:
    return group.about[:1].upper() + group.about[1:]
