"""Where content came from: Provenance for what a machine wrote, or what was taken over from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_RELATIVE = re.compile(
    r"(?:.*/)?([A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII
)
_SAID = {
    "uncovered": Said(
        "A resource that is marked as written by a machine, or taken over, has no Provenance",
        "a Provenance whose target is the resource",
        "none in the export",
    ),
    "no-device": Said(
        "The Provenance of a resource that a machine wrote names no device",
        "an agent that is a Device",
        "people or organisations alone, or nobody",
    ),
    "incomplete": Said(
        "A Provenance does not say of what, when, or by whom",
        "target, recorded and agent.who (required in FHIR R4)",
        "one of them is missing",
    ),
}


class ProvenanceParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``machine`` and ``taken_over``: codes of ``meta.tag`` or ``meta.security`` by which such content is marked."""

    machine: tuple[str, ...] = ("AIAST", "DEVAST")
    taken_over: tuple[str, ...] = ()


class ProvenanceCovers(TalliedScan[ProvenanceParams], Keyed[ProvenanceParams, Tallied]):
    """What is marked as written by a machine, or as taken over, has a Provenance that says of what and by whom.

    Content of a machine carries AIAST or DEVAST (HL7's integrity codes) in ``meta.security`` or ``meta.tag``; its
    Provenance names a Device as agent. Which codes mark content that was imported a profile may say.

    Good: a summary with the tag AIAST, and a Provenance whose agent is Device/model-1.
    Bad: the summary without it.
    """

    id: ClassVar[str] = "provenance.covers"
    params_type: ClassVar[type[Params]] = ProvenanceParams
    looks: ClassVar[tuple[Look, ...]] = (
        Look(types=("Provenance",)),
        Look(member="meta.tag"),
        Look(member="meta.security"),
    )
    source: ClassVar[str] = "http://hl7.org/fhir/R4/provenance-definitions.html"
    absences: ClassVar[bool] = True

    def emit(self, seen: Seen, params: ProvenanceParams) -> Iterator[tuple[bytes, bytes]]:
        """A marked resource under its type and id; a Provenance under each of its targets."""
        node = seen.node
        if seen.resource_type == "Provenance" and "/contained/" not in seen.pointer:
            targets, whole, device = _provenance(node)
            fault = "" if whole else "incomplete"
            yield f"@{seen.place}".encode(), json.dumps(["itself", fault, seen.place]).encode()
            for target in targets:
                yield target.encode(), json.dumps(["a", device]).encode()
            return
        marks = set(_marks(node.get("meta")))
        machine = bool(marks & {*params.machine})
        if seen.resource_id and (machine or marks & {*params.taken_over}):
            said = json.dumps(["needs", machine, seen.place])
            yield f"{seen.resource_type}/{seen.resource_id}".encode(), said.encode()

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ProvenanceParams) -> Tallied:
        """A resource behind its Provenances (``a`` stands before ``needs``)."""
        covered = device = False
        for value in values:
            sort, first, *rest = json.loads(value)
            if sort == "a":
                covered, device = True, device or bool(first)
            elif sort == "itself":
                state.count()
                state.count("provenance")
                if first:
                    state.fault(first, rest[0])
            else:
                state.count()
                if not covered:
                    state.fault("uncovered", rest[0])
                elif first and not device:
                    state.fault("no-device", rest[0])
        return state

    def finish(self, state: Tallied, params: ProvenanceParams) -> Iterator[Statement]:
        """How much was looked at, and a finding for each sort of fault."""
        if state.examined:
            yield Examined(what="Provenances, and resources that need one", count=state.examined)
            yield from findings(state, _SAID)


PROVENANCE_COVERS = ProvenanceCovers()


def _marks(meta: Any) -> Iterator[str]:
    for name in ("tag", "security"):
        listed = meta.get(name) if isinstance(meta, dict) else None
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and isinstance(one.get("code"), str):
                yield one["code"]


def _provenance(node: dict[str, Any]) -> tuple[list[str], bool, bool]:
    """Its targets, whether it says all that it must, and whether an agent is a device."""
    targets = [one for one in node.get("target", ()) if isinstance(one, dict)] if _is_list(node, "target") else []
    agents = [one for one in node["agent"] if isinstance(one, dict)] if _is_list(node, "agent") else []
    named = [found[1] for one in targets if (found := _RELATIVE.fullmatch(str(one.get("reference", ""))))]
    whole = bool(targets) and bool(agents) and all(one.get("who") for one in agents)
    whole = whole and ("recorded" in node or "_recorded" in node)
    device = any(_is_device(one.get("who")) for one in agents)
    return named, whole, device


def _is_device(who: Any) -> bool:
    if not isinstance(who, dict):
        return False
    reference = str(who.get("reference", ""))
    return who.get("type") == "Device" or reference.split("/")[-2:-1] == ["Device"]


def _is_list(node: dict[str, Any], name: str) -> bool:
    return isinstance(node.get(name), list)
