"""What is asked in a trial of a search, what came back, and what is said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from checker.fhir import bundle
from checker.fhir.search.facts import Facts, Resource
from checker.model.terms import Reason
from checker.model.view import Exchange

Pairs = tuple[tuple[str, str], ...]
PAGE = "100"
"""The page size that is asked for where pages are not the question."""
_NO_ACCESS = frozenset({401, 403, 407})
_IN_TROUBLE = frozenset({408, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Query:
    """One search. ``path`` is below the base. ``pages``: how many are followed at most."""

    type: str
    pairs: Pairs
    path: str = ""
    post: bool = False
    prefer: str = ""
    pages: int = 3
    again: int = 0
    """A repetition: sent although the same was asked before."""

    @property
    def where(self) -> str:
        """The path below the base."""
        return self.path or self.type

    @property
    def text(self) -> str:
        """The parameters as they stand in a URL."""
        return "&".join(f"{quote(name, safe='_:.-')}={quote(value, safe='|,:')}" for name, value in self.pairs)

    @property
    def role(self) -> str:
        """The role of its exchanges in a record: says nothing of what is searched for."""
        form = f"{self.where}?{self.text} {self.post} {self.prefer} {self.again}"
        return f"search-{hashlib.sha256(form.encode()).hexdigest()[:16]}"


def query(kind: str, *pairs: tuple[str, str], **more: Any) -> Query:
    """A search of a type by these pairs, with a page size that holds all of a small test system."""
    return Query(kind, (*pairs, ("_count", PAGE)), **more)


@dataclass(frozen=True)
class Answer:
    """The pages that one search brought."""

    query: Query
    exchanges: tuple[Exchange, ...]
    whole: bool = True
    """Was the last page reached?"""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence ids."""
        return tuple(each.id for each in self.exchanges)

    @property
    def status(self) -> int:
        """Of the first page."""
        return self.exchanges[0].status if self.exchanges else 0

    @cached_property
    def trouble(self) -> tuple[Reason, str] | None:
        """Why nothing can be said of it; None if it is a searchset, a refusal, or a fault of the server's."""
        if not self.exchanges:
            return Reason.NO_DATA, "a search was not sent"
        for each in self.exchanges:
            if each.response is None or each.failure is not None:
                failure = each.failure
                return (failure.reason, failure.message) if failure else (Reason.NETWORK, "no answer")
            if each.status in _NO_ACCESS | _IN_TROUBLE:
                return Reason.AUTH if each.status in _NO_ACCESS else Reason.NETWORK, f"answered with {each.status}"
            if each.ok and each.lost:
                return each.evidence.withheld or Reason.NO_DATA, "the body cannot be looked at"
            if each.ok and each.json().resource_type != "Bundle":
                return Reason.PREREQUISITE, "a search gave no Bundle"
        if len(self.exchanges) > 1 and not all(each.ok for each in self.exchanges):
            return Reason.PREREQUISITE, "a page that a next link led to was not given"
        return None

    @property
    def refused(self) -> bool:
        """Does the server say that it has no such search?"""
        return self.trouble is None and (400 <= self.status < 500 or self.status == 501)

    @property
    def broke(self) -> bool:
        """Did the server stumble?"""
        return self.trouble is None and self.status >= 500 and self.status != 501

    @cached_property
    def bundles(self) -> tuple[Any, ...]:
        """The pages."""
        return tuple(each.json().value for each in self.exchanges if each.ok)

    @cached_property
    def entries(self) -> tuple[tuple[str, str, Resource], ...]:
        """Mode, ``Type/id`` and resource of each entry that has them, over all pages. No mode counts as a match."""
        found = []
        for page in self.bundles:
            for _, entry in bundle.entries(page):
                resource, search = entry.get("resource"), entry.get("search")
                if isinstance(resource, dict):
                    mode = search.get("mode") if isinstance(search, dict) else None
                    key = f"{resource.get('resourceType')}/{resource.get('id')}"
                    found.append((mode if isinstance(mode, str) else "match", key, resource))
        return tuple(found)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids of the matches in order, repeated ones too."""
        listed = [resource for page in self.bundles for _, resource in bundle.matches(page, self.query.type)]
        return tuple(resource["id"] for resource in listed if bundle.is_id(resource.get("id")))

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of the matches."""
        return frozenset(self.order)

    @cached_property
    def found(self) -> dict[str, Resource]:
        """The matches by id."""
        listed = [resource for page in self.bundles for _, resource in bundle.matches(page, self.query.type)]
        return {resource["id"]: resource for resource in listed if bundle.is_id(resource.get("id"))}

    @property
    def total(self) -> int | None:
        """The total of the first page."""
        found = self.bundles[0].get("total") if self.bundles else None
        return found if type(found) is int else None

    @cached_property
    def listed(self) -> frozenset[str] | None:
        """The parameters that the self link lists; None where there is none that can be read."""
        link = bundle.link(self.bundles[0], "self") if self.bundles else ""
        try:
            names = frozenset(each for each, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True))
        except ValueError:
            return None
        return names if link else None

    def used(self, name: str) -> bool:
        """Does the self link say that a parameter was used? Without a self link it is taken to have been."""
        return self.listed is None or name in self.listed

    @property
    def ignored(self) -> bool:
        """Does the self link say of a parameter that it was not used, in no form: with no modifier, and without one?"""
        if self.listed is None:
            return False
        plain = {_bare(name) for name in self.listed}
        return any(_bare(name) not in plain for name, _ in self.query.pairs if name != "_count")


def _bare(name: str) -> str:
    """A parameter without its modifier and chain."""
    return name.partition(":")[0].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """Searches that are judged together. ``about`` names them in a sentence; ``data`` is for the judge."""

    about: str
    queries: tuple[Query, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something was as it should be."""

    what: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """Something was not. ``key``: the resource (``Type/id``) that must not have changed meanwhile for it to count."""

    message: str
    expected: str
    actual: str
    at: int = 0
    """Which answer shows it."""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """It cannot be decided."""

    reason: Reason
    message: str
    at: int = 0


Said = Kept | Broken | Unsure
Answers = Sequence[Answer]
Judge = Callable[[Facts, Group, Answers], Iterator[Said]]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of trial: what is asked, given what is known, and what is judged by name. ``most`` requests at most."""

    asks: Callable[[Facts], Iterator[Group]]
    judges: Mapping[str, Judge]
    most: int
    refusals: bool = False
    """The judges look at refusals themselves."""
    optional: bool = False
    """It asks for what no statement claims, such as a modifier: a server that stumbles over it does not have it."""


def said_of(family: Family, judge: Judge, facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """What a judge says of the answers, and what stands in its way. A search that is not offered is left aside."""
    for at, answer in enumerate(answers):
        if answer.trouble is not None:
            reason, message = answer.trouble
            yield Unsure(reason, f"{group.about}: {message}", at)
            return
    if not family.refusals:
        for at, answer in enumerate(answers):
            if answer.broke:
                message = f"{group.about}: the server answered with {answer.status}."
                if family.optional:
                    yield Unsure(Reason.PREREQUISITE, message, at)
                    return
                yield Broken(message, "an answer to the search", str(answer.status), at)
                return
        if any(answer.refused for answer in answers):
            return
    yield from judge(facts, group, answers)
