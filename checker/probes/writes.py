"""Probes that write to a test system: one for each family of interactions. All of class S3.

Source: http://hl7.org/fhir/R4/http.html.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.fhir import offered
from checker.fhir import statement as stated
from checker.model.asked import Breached
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.model.view import Exchange
from checker.probes.bench import RESOURCE, Bench

_METADATA = Need(probe="fhir.capabilities", params=NoParams())
_UNPARSEABLE = b'{"resourceType": "Patient", "active": tr'
_JSON_PATCH = (("Content-Type", "application/json-patch+json"),)


def _if_match(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    tag = exchange.header("ETag")
    return (("If-Match", tag),) if tag else ()


def _prefer(what: str) -> tuple[tuple[str, str], ...]:
    return (("Prefer", f"return={what}"),)


@probe("write.create", "1", budget=lambda p: Budget(requests=18), safety=Safety.S3, interactions=("write-create",))
async def create(s: Session, p: NoParams) -> None:
    """Creates: one that is right (with an id, which is to be ignored), one that is no JSON, one of another type."""
    async with Bench(s) as bench:
        made = await bench.create("create", "create", id="chosen-by-the-client")
        if place := bench.place(made):
            await bench.look("read", place)
        await bench.write("syntax", "POST", offered.KIND, _UNPARSEABLE, interaction="write-create")
        other = {"resourceType": "Basic", "meta": {"tag": [offered.TAG]}, "code": {"text": "probe"}}
        await bench.write("other-type", "POST", offered.KIND, other, interaction="write-create")


@probe("write.update", "1", budget=lambda p: Budget(requests=40), safety=Safety.S3, interactions=("write-update",))
async def update(s: Session, p: NoParams) -> None:
    """Updates of one patient: right, with another id, without one, stale, as a patch, and at an address not in use."""
    async with Bench(s) as bench:
        made = await bench.create("create", "update")
        place = bench.place(made)
        if not place:
            s.short(Reason.PREREQUISITE, "no patient could be created, so none could be updated")
            return
        first, identity = _if_match(made), place.partition("/")[2]

        async def put(role: str, tag: Any, wish: str = "minimal", **more: Any) -> Exchange:
            content = offered.patient("update", **{"id": identity, **more})
            given = (*tag, *_prefer(wish))
            return await bench.write(role, "PUT", place, content, headers=given, interaction="write-update")

        latest = await put("update", first, birthDate="1970-01-02")
        tag = _if_match(latest) or _if_match(await bench.look("updated", place))
        await put("other-id", tag, id=f"{identity[-50:]}-other")
        await put("no-id", tag, id=None)
        tag = _if_match(await bench.look("before", place))
        await put("stale", first, birthDate="1970-01-03")
        await bench.look("after-stale", place)
        if tag and tag != first:
            latest = await put("representation", tag, "representation", birthDate="1970-01-04")
            tag = _if_match(latest) or _if_match(await bench.look("represented", place))
            latest = await put("outcome", tag, "OperationOutcome", birthDate="1970-01-05")
            steps = [{"op": "replace", "path": "/birthDate", "value": "1970-01-06"}]
            tag = _if_match(latest) or _if_match(await bench.look("told", place))
            given = (*_JSON_PATCH, *tag)
            await bench.write("patch", "PATCH", place, steps, headers=given, interaction="write-patch")
            await bench.look("after-patch", place)
            given = (*_JSON_PATCH, *first)
            await bench.write("stale-patch", "PATCH", place, steps, headers=given, interaction="write-patch")
        await put("untagged", ())
        free = f"{offered.KIND}/probe-{identity[-50:]}"
        if (await bench.look("free", free)).status in (404, 410):
            content = offered.patient("update", id=free.partition("/")[2])
            await bench.write("by-update", "PUT", free, content, interaction="write-update")


@probe("write.delete", "1", budget=lambda p: Budget(requests=14), safety=Safety.S3, interactions=("write-delete",))
async def delete(s: Session, p: NoParams) -> None:
    """A patient is created, found, deleted, read, searched, and deleted once more."""
    async with Bench(s) as bench:
        place = bench.place(await bench.create("create", "delete"))
        if not place:
            s.short(Reason.PREREQUISITE, "no patient could be created, so none could be deleted")
            return
        found = await bench.search("found", "delete")
        s.note("found-before", place in bench.ids(found))
        await bench.write("delete", "DELETE", place, interaction="write-delete")
        await bench.look("read", place)
        found = await bench.search("search", "delete")
        s.note("found-after", place in bench.ids(found))
        await bench.write("again", "DELETE", place, interaction="write-delete")


@probe(
    "write.conditional",
    "1",
    uses=lambda p: (_METADATA,),
    budget=lambda p: Budget(requests=66),
    safety=Safety.S3,
    interactions=("write-create", "write-update", "write-delete"),
)
async def conditional(s: Session, p: NoParams) -> None:
    """Conditional create, update and delete, each with none, one and two that match.

    The criteria hold an id that the server has just given, so that only this run's patients can match; a conditional
    update or delete is sent only where it is declared, and a search by the same criteria has shown just these.
    """
    async with Bench(s) as bench:
        seed = bench.place(await bench.create("create", "conditional")).partition("/")[2]
        if not seed:
            s.short(Reason.PREREQUISITE, "no patient could be created, so no criteria are safe")
            return
        name = f"{seed}-create"
        condition = (("If-None-Exist", f"identifier={offered.SYSTEM}|{name}"),)
        await bench.create("create-none", name, headers=condition)
        await bench.create("create-one", name, headers=condition)
        await bench.create("twin-create", name)
        await bench.create("create-many", name, headers=condition)
        said = (await s.need(_METADATA)).exchange("metadata")
        found = stated.resources(said.json().value if said is not None and said.ok else None)
        claimed = next((one for one in found if one.get("type") == offered.KIND), {})
        if claimed.get("conditionalUpdate") is True:
            await _conditional_update(s, bench, f"{seed}-update")
        if claimed.get("conditionalDelete") in ("single", "multiple"):
            await _conditional_delete(s, bench, f"{seed}-delete")


async def _conditional_update(s: Session, bench: Bench, name: str) -> None:
    criteria = f"{offered.SYSTEM}|{name}"
    for number, role in enumerate(("none", "one", "many")):
        if role == "many":
            await bench.create("twin-update", name)
        found = await bench.search(f"before-update-{role}", name)
        if not found.ok or found.json().problem or "(stranger)" in bench.ids(found) or len(bench.ids(found)) != number:
            s.note("update-unsafe", role)
            return
        content = offered.patient(name, birthDate=f"1970-02-0{number + 1}")
        await bench.write(
            f"update-{role}", "PUT", offered.KIND, content, interaction="write-update", identifier=criteria
        )


async def _conditional_delete(s: Session, bench: Bench, name: str) -> None:
    places = [bench.place(await bench.create(f"doomed {number}", name)) for number in (1, 2)]
    found = await bench.search("before-delete", name)
    if not all(places) or sorted(bench.ids(found)) != sorted(places):
        s.note("delete-unsafe", True)
        return
    criteria = f"{offered.SYSTEM}|{name}"
    await bench.write("delete-many", "DELETE", offered.KIND, interaction="write-delete", identifier=criteria)
    for number, place in enumerate(places, 1):
        await bench.look(f"after-delete {number}", place)


@probe("write.transaction", "1", budget=lambda p: Budget(requests=32), safety=Safety.S3, interactions=("write-bundle",))
async def transaction(s: Session, p: NoParams) -> None:
    """A transaction that is right, with references between its entries, and one with an entry that cannot be."""
    async with Bench(s) as bench:
        made = await bench.create("create", "transaction")
        place = bench.place(made)
        if not place:
            s.short(Reason.PREREQUISITE, "no patient could be created, so no transaction was sent")
            return
        seed = place.partition("/")[2]
        tag = made.header("ETag")
        changed = {"method": "PUT", "url": place, **({"ifMatch": tag} if tag else {})}
        link = {"link": [{"other": {"reference": "urn:uuid:0a7ce1ba-5c4f-4c52-8f4d-000000000001"}, "type": "seealso"}]}
        entries: list[dict[str, Any]] = [
            {"request": {"method": "GET", "url": place}},
            {
                "fullUrl": f"{bench.base}/{place}",
                "resource": offered.patient("transaction", id=seed, birthDate="1970-03-03"),
                "request": changed,
            },
            _posted(2, offered.patient(f"{seed}-linking", **link)),
            _posted(1, offered.patient(f"{seed}-linked")),
        ]
        good = await _sent(bench, "good", entries)
        told = offered.addresses_made(bench.base, "POST", bench.base, None, good.json().value)
        for number, one in enumerate(dict.fromkeys(each for each in told if each != place)):
            if number < 2:
                await bench.look(f"made {number}", one)
        nothing = {"resourceType": "NoSuchType"}
        bad = {"resource": nothing, "request": {"method": "POST", "url": "NoSuchType"}}
        await _sent(bench, "bad", [_posted(3, offered.patient(f"{seed}-half")), bad])
        await bench.search("whole", f"{seed}-linked")
        await bench.search("half", f"{seed}-half")


def _posted(number: int, resource: Any) -> dict[str, Any]:
    name = f"urn:uuid:0a7ce1ba-5c4f-4c52-8f4d-00000000000{number}"
    return {"fullUrl": name, "resource": resource, "request": {"method": "POST", "url": offered.KIND}}


async def _sent(bench: Bench, role: str, entries: list[dict[str, Any]]) -> Exchange:
    content = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return await bench.write(role, "POST", "", content, interaction="write-bundle")


@probe("batch.reads", "1", safety=Safety.S2, interactions=("batch",))
async def batch(s: Session, p: NoParams) -> None:
    """One batch of three reads: an id that does not exist, a search, and a count. It changes nothing."""
    urls = (f"{offered.KIND}/no-such-id-0a7ce1ba", f"{offered.KIND}?_count=1", f"{offered.KIND}?_summary=count")
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    body = msgspec.json.encode({"resourceType": "Bundle", "type": "batch", "entry": entries})
    request = Request(url=s.supplier.base_url, method="POST", headers=RESOURCE, body=body)
    await s.send(request, "batch", interaction="batch", fresh=True, follow=False)


@probe("write.breach", "1", params=Breached, budget=lambda p: Budget(requests=10), safety=Safety.S3)
async def breach(s: Session, p: Breached) -> None:
    """A valid patient, and the same with one rule broken."""
    rule = offered.BREACHES[p.rule]
    async with Bench(s) as bench:
        await bench.create("twin", f"twin-{p.rule}", **rule.twin)
        await bench.create("broken", f"twin-{p.rule}", **{**rule.twin, **rule.mutant})


@probe("write.valid", "1", budget=lambda p: Budget(requests=5 * len(offered.VALID)), safety=Safety.S3)
async def valid(s: Session, p: NoParams) -> None:
    """Patients that are right though unusual."""
    async with Bench(s) as bench:
        for name, more in offered.VALID.items():
            await bench.create(f"valid {name}", f"valid-{name}", **more)
