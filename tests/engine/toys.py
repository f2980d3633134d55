"""Small probes and checks for tests of the engine: each does one thing, some of them wrongly."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from checker.model.asked import OneResource
from checker.model.exchange import Request
from checker.model.need import AtMost, Budget, Need
from checker.model.registry import Registry, check, condition, probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


class Named(Params, frozen=True, kw_only=True):
    """The probe whose record a check looks at."""

    probe: str = "toy.one"


class Many(Params, frozen=True, kw_only=True):
    """How many are declared, and how many are asked for."""

    times: int = 3
    asked: int = 3


def need(name: str) -> Need:
    return Need(probe=name, params=NoParams())


@probe("toy.one", "1", interactions=("one",))
async def one(s: Session, p: NoParams) -> None:
    """One request."""
    await s.send(Request(url=s.url("one")), "one", interaction="one")


@probe("toy.item", "1", params=OneResource, interactions=("item",))
async def item(s: Session, p: OneResource) -> None:
    """One of many."""
    await s.send(Request(url=s.url(f"{p.type}/{p.id}")), "item", interaction="item")


def _item(id: str) -> Need:
    return Need(probe="toy.item", params=OneResource(type="Item", id=id))


@probe(
    "toy.many", "1", params=Many, budget=lambda p: Budget(), uses=lambda p: (AtMost(need=_item("*"), times=p.times),)
)
async def many(s: Session, p: Many) -> None:
    """Fans out to so many items as are asked for."""
    views = await s.each(_item(str(n)) for n in range(p.asked))
    s.note("views", len(views))


@probe(
    "toy.manymany",
    "1",
    params=Many,
    budget=lambda p: Budget(requests=1),
    uses=lambda p: (AtMost(need=Need(probe="toy.many", params=p), times=4),),
)
async def manymany(s: Session, p: Many) -> None:
    """A fan-out of fan-outs."""
    await s.each([Need(probe="toy.many", params=p)])


@probe("toy.undeclared", "1")
async def undeclared(s: Session, p: NoParams) -> None:
    """Asks for what it does not declare."""
    await s.send(Request(url=s.url("one")), "one", interaction="one")
    await s.need(need("toy.one"))


@probe("toy.undeclared-each", "1")
async def undeclared_each(s: Session, p: NoParams) -> None:
    """Fans out to what it does not declare."""
    await s.each([need("toy.one")])


@probe("toy.raises", "1")
async def raises(s: Session, p: NoParams) -> None:
    """Breaks after its request."""
    await s.send(Request(url=s.url("raises")), "one", interaction="one")
    raise ZeroDivisionError("broken probe")


@probe("toy.rests-on-broken", "1", uses=lambda p: (need("toy.raises"),))
async def rests_on_broken(s: Session, p: NoParams) -> None:
    """Itself sound."""
    await s.need(need("toy.raises"))
    await s.send(Request(url=s.url("two")), "one", interaction="one")


@probe("toy.two-respects", "1", budget=lambda p: Budget(requests=2))
async def two_respects(s: Session, p: NoParams) -> None:
    """A mutant that differs from its control twice."""
    mutant = Request(url=s.url("two"), identity="")
    await s.pair(Request(url=s.url("one")), mutant, differs_in="identity", interaction="one")


@probe("toy.circle", "1", uses=lambda p: (need("toy.circle"),))
async def circle(s: Session, p: NoParams) -> None:
    """Needs itself."""
    await s.need(need("toy.circle"))


@probe("toy.greedy", "1", budget=lambda p: Budget(requests=1))
async def greedy(s: Session, p: NoParams) -> None:
    """Sends more than it declares."""
    for n in range(20):
        await s.send(Request(url=s.url(f"greedy/{n}")), f"greedy-{n}", interaction="one")


@probe("toy.shakes", "1", budget=lambda p: Budget(handshakes=1))
async def shakes(s: Session, p: NoParams) -> None:
    """Connects more often than it declares."""
    for n in range(3):
        await s.handshake("fhir.test", 443, (("TLSv1.3",),), f"shake-{n}")


@probe("toy.risky", "1", safety=Safety.S3)
async def risky(s: Session, p: NoParams) -> None:
    """Writes."""
    await s.send(Request(url=s.url("risky"), method="POST"), "one", interaction="one")


@probe("toy.other-person", "1", identities=lambda p: ("second",))
async def other_person(s: Session, p: NoParams) -> None:
    """As somebody else."""
    await s.send(Request(url=s.url("one"), identity="second"), "one", interaction="one")


@probe("toy.file", "1", budget=lambda p: Budget(artefacts=1))
async def file(s: Session, p: NoParams) -> None:
    """Reads an artefact."""
    await s.artefacts("report", "file", "digest")


@probe("toy.uses-risky", "1", uses=lambda p: (need("toy.risky"),))
async def uses_risky(s: Session, p: NoParams) -> None:
    """Rests on what is not allowed."""
    await s.need(need("toy.risky"))


@probe("toy.short", "1")
async def short(s: Session, p: NoParams) -> None:
    """Says that it did not get all."""
    await s.send(Request(url=s.url("one")), "one", interaction="one")
    s.short(Reason.BUDGET, "there is more")


@check("toy.has", params=Named, needs=lambda p, settings: [need(p.probe)], source="toy")
def has(ev: EvidenceView, p: Named) -> Iterator[Statement]:
    """Something was gathered."""
    for found in ev.record(need(p.probe)).evidence():
        yield Examined(what="a thing", evidence=(found.id,))


@check("toy.many-are-there", params=Many, needs=lambda p, settings: [Need(probe="toy.many", params=p)], source="toy")
def many_are_there(ev: EvidenceView, p: Many) -> Iterator[Statement]:
    """Each of many was gathered."""
    for view in ev.children(ev.record(Need(probe="toy.many", params=p)), "toy.item"):
        yield Examined(what="an item", evidence=tuple(one.id for one in view.evidence()))


@check("toy.many-many", params=Many, needs=lambda p, settings: [Need(probe="toy.manymany", params=p)], source="toy")
def many_many(ev: EvidenceView, p: Many) -> Iterator[Statement]:
    """Many of many."""
    yield Examined(what="a thing")


@check("toy.raises-late", needs=lambda p, settings: [need("toy.one")], source="toy")
def raises_late(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Breaks after its first statement."""
    yield Examined(what="a thing")
    raise KeyError("broken check")


@check("toy.finds", params=Named, needs=lambda p, settings: [need(p.probe)], source="toy")
def finds(ev: EvidenceView, p: Named) -> Iterator[Statement]:
    """Always finds something."""
    yield Finding(message="wrong", expected="right", actual="wrong")


@check("toy.doubts", needs=lambda p, settings: [need("toy.one")], source="toy")
def doubts(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Always doubts."""
    yield Examined(what="a thing")
    yield Undecided(reason=Reason.TERMINOLOGY, message="no such code system here")


class Answering(Params, frozen=True, kw_only=True):
    """What a condition says: ``true``, ``false``, ``unknown`` or ``raises``."""

    says: str


def _says(ev: EvidenceView, p: Answering) -> bool | None:
    """What it is told to say."""
    if p.says == "raises":
        raise LookupError("broken condition")
    return {"true": True, "false": False}.get(p.says)


claimed = condition("toy.claimed", params=Answering, needs=lambda p, settings: [need("toy.one")], claim=True)(_says)
seen = condition("toy.seen", params=Answering, needs=lambda p, settings: [need("toy.one")], claim=False)(_says)
of_short = condition("toy.of-short", params=Answering, needs=lambda p, settings: [need("toy.short")], claim=False)(
    _says
)

REGISTRY = Registry.of_modules([sys.modules[__name__]])
