"""The register of standards as a page: each standard with what is known of it, and the profiles that cite it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.model.requirement import Profile
from checker.standards_register import Standard, resolve, standards

Uses = Mapping[str, Mapping[str, int]]
"""Id of a standard → profile → how many of its own rows cite it."""
_NOT_KNOWN = "not known"


def uses(profiles: Iterable[Profile], owner: Mapping[str, str]) -> Uses:
    """How often each standard is cited. ``owner``: requirement → the profile that it is written in."""
    found: dict[str, dict[str, int]] = {}
    for profile in profiles:
        for row in profile.requirements:
            if owner.get(row.id, profile.id) != profile.id:
                continue  # it is included: the profile that it is written in counts it
            known = resolve(row.clause.standard)
            name = known.id if known else row.clause.standard
            found.setdefault(name, {})
            found[name][profile.id] = found[name].get(profile.id, 0) + 1
    return found


def superseded(profile: Profile) -> tuple[str, ...]:
    """What a profile has to say of standards it cites that something else took the place of."""
    cited = {row.clause.standard for row in profile.requirements}
    old = {known.id: known for name in cited if (known := resolve(name)) is not None and known.superseded_by}
    return tuple(f"cites {one.id} {one.version}, superseded by {one.superseded_by}" for _, one in sorted(old.items()))


def entries(used: Uses) -> list[dict[str, Any]]:
    """All standards of the register, and those that a profile of somebody else cites beside it."""
    known = [_entry(one, used.get(one.id, {})) for one in standards()]
    unknown = sorted(used.keys() - {one.id for one in standards()})
    return [*known, *({"id": name, "registered": False, "used-by": dict(used[name])} for name in unknown)]


def _entry(one: Standard, used: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": one.id,
        "registered": True,
        "title": one.title,
        "version": one.version,
        "publisher": one.publisher,
        "url": one.url,
        "in-force-since": one.in_force_since or _NOT_KNOWN,
        "applies-to": one.applies_to,
        "basis": one.basis,
        "confirmed": one.confirmed,
        "read-at": one.read_at,
        "supersedes": list(one.supersedes),
        "superseded-by": one.superseded_by,
        "used-by": dict(sorted(used.items())),
    }


def page(found: Iterable[Mapping[str, Any]]) -> str:
    """The same for a terminal, a few lines for each."""
    return "\n\n".join("\n    ".join(_lines(one)) for one in found)


def _lines(one: Mapping[str, Any]) -> list[str]:
    by = ", ".join(f"{name} ({rows})" for name, rows in one["used-by"].items()) or "no profile"
    if not one["registered"]:
        return [one["id"], "not in the register of standards", f"used by: {by}"]
    confirmed = f"confirmed: {one['read-at']}" if one["confirmed"] else f"not confirmed: {one['read-at']}"
    known = one["in-force-since"] != _NOT_KNOWN
    since = f"in force since {one['in-force-since']}" if known else "since when is not known"
    return [
        f"{one['id']}  {one['title']}",
        f"version {one['version']}; {one['publisher']}; {since}; basis {one['basis']}",
        f"applies to: {one['applies-to']}",
        confirmed,
        one["url"],
        *([f"superseded by: {one['superseded-by']}"] if one["superseded-by"] else []),
        f"used by: {by}",
    ]
