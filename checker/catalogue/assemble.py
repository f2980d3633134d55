"""From one profile file to all rows that it stands for: includes followed, overlays applied."""

from __future__ import annotations

from typing import Any

from checker.catalogue.adoption import adopted
from checker.catalogue.document import Document, advice, step
from checker.catalogue.library import Library, Source
from checker.catalogue.obligations import generated
from checker.catalogue.overlay import apply_overlays
from checker.catalogue.rows import Assembled, Row, layer, rows_of
from checker.errors import ProfileFault
from checker.model.requirement import Change, Settings
from checker.model.value import canonical

MAX_DEPTH = 20
"""Includes nested deeper are refused."""


def assemble(library: Library, source: Source, path: tuple[str, ...] = ()) -> Assembled:
    """The profile of ``source`` with what it includes. ``path``: the profiles that led here."""
    document = library.read(source)
    data = document.data
    _no_circle(document, data["id"], path)
    found = Assembled(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        gate_scope=data.get("gate-scope", ""),
        decision=data.get("decision", ""),
        policy_rows=data.get("policy-rows", ""),
    )
    taken: dict[str, tuple[Any, str]] = {}
    for index, entry in enumerate(data.get("include", [])):
        pointer = step(step("/include", index), "profile")
        other_source = library.find(entry["profile"], source, where=document.where(pointer))
        other = assemble(library, other_source, (*path, found.id))
        _take_rows(document, step("/include", index), found, other, entry.get("tags"))
        _take_settings(document, pointer, found, other, taken)
        _take_names(document, pointer, found, other)
        _take_gate(document, pointer, found, other)
        found.decision = found.decision or other.decision
        found.policy_rows = found.policy_rows or other.policy_rows
    for row in own_rows(library, source, document).values():
        _add(found.rows, row)
    for name, value in data.get("settings", {}).items():
        if not source.ours:  # what a shipped profile sets is what it is, and no change to it
            _note_setting(document, found, name, value)
        found.settings[name] = (value, layer(document, step("/settings", name)))
    for index, condition in enumerate(data.get("expects", [])):
        found.expects.append((condition, layer(document, step("/expects", index))))
    found.changes.extend(apply_overlays(document, found.rows))
    found.changes.extend(adopted(document, found.rows))
    _nothing_excluded_is_back(document, found)
    return found


def own_rows(library: Library, source: Source, document: Document) -> dict[str, Row]:
    """The rows that a profile defines itself, in order: those that are written, then those that obligations become."""
    rows = rows_of(document, document.data["id"], ours=source.ours)
    for index, name in enumerate(document.data.get("obligations", [])):
        given = library.beside(source, name, where=document.where(step("/obligations", index)))
        for row in generated(given, document.data["id"], ours=source.ours):
            if row.id in rows:
                raise ProfileFault(
                    f"the requirement id {row.id} stands twice",
                    where=f"{row.where} and {rows[row.id].where}",
                    next_step="Give one of them another id: ids are unique and never used again.",
                )
            rows[row.id] = row
    return rows


def _no_circle(document: Document, name: str, path: tuple[str, ...]) -> None:
    if name in path or len(path) >= MAX_DEPTH:
        raise ProfileFault(
            "profiles include each other in a circle: " + " → ".join((*path, name)),
            where=document.where("/include"),
            next_step="Remove one of these includes.",
        )


def _take_rows(document: Document, base: str, found: Assembled, other: Assembled, tags: list[str] | None) -> None:
    """All rows of the other profile, or those that carry one of the tags."""
    known = {tag for row in other.rows.values() for tag in row.data.get("tags", [])}
    for index, tag in enumerate(tags or []):
        if tag not in known:
            raise ProfileFault(
                f"no requirement of {other.id} has the tag {tag!r}",
                where=document.where(step(step(base, "tags"), index)),
                next_step=advice(tag, known, "tag"),
            )
    for row in other.rows.values():
        if tags is None or set(tags) & set(row.data.get("tags", [])):
            _add(found.rows, row)


def _add(rows: dict[str, Row], row: Row) -> None:
    """A requirement reached twice is one; two definitions of one id are a fault."""
    before = rows.get(row.id)
    if before is None:
        rows[row.id] = row
    elif canonical(before.data) != canonical(row.data):
        differs = sorted(name for name in {*before.data, *row.data} if before.data.get(name) != row.data.get(name))
        raise ProfileFault(
            f"{row.id} is defined in two different ways (they differ in {', '.join(differs)})",
            where=f"{before.place(differs[0])} and {row.place(differs[0])}",
            next_step="Define it once and include that, or change it in one 'overlay'.",
        )


def _take_gate(document: Document, pointer: str, found: Assembled, other: Assembled) -> None:
    """A gate that is included stays a gate; another scope here would open it unseen."""
    if other.gate_scope and found.gate_scope not in ("", other.gate_scope):
        raise ProfileFault(
            f"{other.id} is a gate for the scope {other.gate_scope}, and another scope is fixed here",
            where=document.where(pointer),
            next_step="Leave 'gate-scope' out, or fix the same one.",
        )
    found.gate_scope = found.gate_scope or other.gate_scope


def _note_setting(document: Document, found: Assembled, name: str, value: Any) -> None:
    """Other settings than those of the included profiles change what their requirements demand."""
    default = getattr(Settings(), name.replace("-", "_"), None)
    before = found.settings[name][0] if name in found.settings else default
    if document.data.get("include") and before != value:
        detail = f"{name}: {before} → {value}"
        found.changes.append(Change(requirement="settings", verb="set", reason=f"by {found.id}", detail=detail))


def _take_settings(
    document: Document, pointer: str, found: Assembled, other: Assembled, taken: dict[str, tuple[Any, str]]
) -> None:
    """Settings of included profiles hold here too; two that disagree must be decided here."""
    own = document.data.get("settings", {})
    for name, (value, origin) in other.settings.items():
        before = taken.setdefault(name, (value, other.id))
        if before[0] != value and name not in own:
            raise ProfileFault(
                f"{before[1]} and {other.id} set {name!r} differently ({before[0]} and {value})",
                where=document.where(pointer),
                next_step=f"Decide it: set {name!r} under 'settings' of this profile.",
            )
        found.settings[name] = (value, origin)


def _take_names(document: Document, pointer: str, found: Assembled, other: Assembled) -> None:
    """Expectations, the list of includes, and changes made on the way."""
    found.expects.extend(one for one in other.expects if one[0] not in [known for known, _ in found.expects])
    for name in (*other.includes, f"{other.id}@{other.version}"):
        clash = next(
            (had for had in found.includes if had != name and had.partition("@")[0] == name.partition("@")[0]), ""
        )
        if clash:
            raise ProfileFault(
                f"two versions of one profile are included: {clash} and {name}",
                where=document.where(pointer),
                next_step="Include one version only.",
            )
        if name not in found.includes:
            found.includes.append(name)
    found.changes.extend(change for change in other.changes if change not in found.changes)


def _nothing_excluded_is_back(document: Document, found: Assembled) -> None:
    for change in found.changes:
        if change.verb == "exclude" and change.requirement in found.rows:
            raise ProfileFault(
                f"{change.requirement} is excluded on one way and included on another",
                where=f"{document.where('/include')}, {found.rows[change.requirement].where}",
                next_step="Exclude it here too, or include the profile that does not exclude it.",
            )
