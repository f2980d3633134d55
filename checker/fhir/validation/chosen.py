"""StructureDefinitions that other definitions choose for a resource: a MessageDefinition, a CapabilityStatement.

A MessageDefinition is found by ``MessageHeader.definition``, or by the event that it shares with the header. It says
what the focus of the message is, how often, and by which StructureDefinition each is to be judged.

Source: http://hl7.org/fhir/R4/messagedefinition.html and
http://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.profile
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from checker.fhir.instance import Node
from checker.fhir.validation.cardinality import times
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

FOCUS = rule(
    "message-focus",
    "error",
    "business-rule",
    title="The focus of a message is not what its MessageDefinition says",
    why="The receiver of such a message looks for these resources, in these numbers.",
    fix="Send the focus that the MessageDefinition asks for, or name another event.",
    source="http://hl7.org/fhir/R4/messagedefinition-definitions.html#MessageDefinition.focus",
)

_COUNT = re.compile("[0-9]{1,9}")


class Focus(msgspec.Struct, frozen=True):
    """A resource of a message and the StructureDefinition that its MessageDefinition chooses for it."""

    node: Node
    canonical: str


def of_message(run: Run, bundle: Node) -> Iterator[Focus]:
    """The focus resources of a message with the StructureDefinitions chosen for them; their numbers are judged."""
    header = _header(bundle)
    if header is None:
        return
    definition = _definition(run, header)
    if definition is None:
        return
    found = [target for target in _targets(run, header) if target is not None]
    for wanted in _dicts(definition.get("focus")):
        code = wanted.get("code")
        if not isinstance(code, str):
            continue
        own = [node for node in found if node.type == code]
        _judge_count(run, header, code, len(own), wanted)
        canonical = wanted.get("profile")
        if isinstance(canonical, str):
            yield from (Focus(node, canonical) for node in own)


def of_capability(run: Run, kind: str) -> list[str]:
    """The StructureDefinitions that the CapabilityStatements of the packages give for a resource type, sorted."""
    table: dict[str, set[str]] | None = run.memo.get("capability-statements")
    if table is None:
        table = run.memo["capability-statements"] = {}
        for statement in _held(run, "CapabilityStatement"):
            for rest in _dicts(statement.get("rest")):
                for resource in _dicts(rest.get("resource")):
                    canonical = resource.get("profile")
                    if isinstance(canonical, str):
                        table.setdefault(str(resource.get("type")), set()).add(canonical)
    return sorted(table.get(kind, ()))


def _header(bundle: Node) -> Node | None:
    if bundle.type != "Bundle" or bundle.text("type") != "message":
        return None
    entries = bundle.children("entry")
    resources = entries[0].children("resource") if entries else []
    return resources[0] if resources and resources[0].type == "MessageHeader" else None


def _definition(run: Run, header: Node) -> dict[str, Any] | None:
    named = header.text("definition")
    if named is not None:
        return run.library.raw(named, "MessageDefinition")
    event, uri = header.holder.get("eventCoding"), header.text("eventUri")
    key = (event.get("system"), event.get("code")) if isinstance(event, dict) else None
    fitting = [one for one in _held(run, "MessageDefinition") if _is_event(one, key, uri)]
    return fitting[0] if len(fitting) == 1 else None


def _is_event(definition: dict[str, Any], key: tuple[Any, Any] | None, uri: str | None) -> bool:
    event = definition.get("eventCoding")
    if key is not None and key[1] and isinstance(event, dict):
        return (event.get("system"), event.get("code")) == key
    return uri is not None and definition.get("eventUri") == uri


def _targets(run: Run, header: Node) -> Iterator[Node | None]:
    for focus in header.children("focus"):
        text = focus.text("reference")
        if text:
            yield run.resolver.resolve(text, focus).node


def _judge_count(run: Run, header: Node, code: str, count: int, wanted: dict[str, Any]) -> None:
    least, most = wanted.get("min"), wanted.get("max")
    low = least if isinstance(least, int) else 0
    high = int(most) if isinstance(most, str) and _COUNT.fullmatch(most) else None
    if low <= count and (high is None or count <= high):
        return
    allowed = f"at least {times(low)}" + (f", at most {times(high)}" if high is not None else "")
    run.report(
        FOCUS,
        header,
        f"The focus has a {code} {times(count)}; the MessageDefinition asks for it {allowed}.",
        below="focus",
        found=times(count),
        allowed=allowed,
    )


def _held(run: Run, kind: str) -> Iterator[dict[str, Any]]:
    """The resources of that type in the packages given; what is embedded chooses for nobody."""
    for provider in getattr(run.library, "packages", ()):
        for entry in provider.entries(kind):
            resource = provider.load(entry)
            if resource is not None:
                yield resource


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
