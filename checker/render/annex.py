"""The annex to a notice: what a profile demands, row by row, with the digest that every judgement under it repeats."""

from __future__ import annotations

from checker.model.requirement import Profile, Requirement
from checker.model.terms import BASIS_WORDS, LEVEL_WORDS, DutyHolder
from checker.render.visible import one_line
from checker.render.words import changes

_HEAD = ("requirement", "obligation", "basis", "clause", "evidence", "decided by", "what is demanded")


def annex(profile: Profile) -> str:
    """Markdown: title, digest, what counts and what is advisory, then a line for each requirement."""
    counting = [row for row in profile.requirements if row.counts]
    apart = [row for row in profile.requirements if not row.counts]
    lines = [
        f"# Annex: {one_line(profile.title)}",
        "",
        f"Profile `{profile.id}` version {profile.version}, {len(profile.requirements)} requirements.",
        f"Digest of this list: `sha256:{profile.digest}`",
        "",
        "Whoever judges by another list gets another digest. Give this one to the checker (`--annex-digest`): a "
        "judgement under another list then says so, and concludes nothing. Suppliers are compared only under one "
        "digest.",
        "",
        f"## What decides ({len(counting)})",
        "",
        *_table(counting),
        "",
        f"## What is judged and shown apart ({len(apart)})",
        "",
        "It decides nothing: a requirement of this tool's policy that no notice has adopted, one whose clause has not "
        "been read at its source yet, one of a draft, or one that binds somebody else.",
        "",
        *_table(apart, apart=True),
    ]
    if profile.changes:
        lines += ["", "## What was changed on the way", ""]
        lines += [f"- {one_line(change)}" for change in changes(profile.changes)]
    return "\n".join(lines) + "\n"


def _table(rows: list[Requirement], *, apart: bool = False) -> list[str]:
    head = (*_HEAD, "why apart") if apart else _HEAD
    lines = [_line(head), _line(("---",) * len(head))]
    return lines + [_line((*_cells(row), *((_why(row),) if apart else ()))) for row in rows]


def _cells(row: Requirement) -> tuple[str, ...]:
    clause = " ".join(part for part in (row.clause.standard, row.clause.section, row.clause.url) if part)
    floor = f"{row.evidence_floor}, {LEVEL_WORDS[row.evidence_floor]}" if row.evidence_floor else "any"
    decided = "the tool" if row.check else " or ".join(row.attestation.roles) if row.attestation else "nobody yet"
    return (row.id, row.obligation, f"{row.basis}, {BASIS_WORDS[row.basis]}", clause, floor, decided, row.summary)


def _why(row: Requirement) -> str:
    reasons = []
    if row.advisory:
        reasons.append("advisory")
    if row.draft:
        reasons.append("draft")
    if not row.confirmed:
        reasons.append("clause not read at its source")
    if row.duty_holder is not DutyHolder.SUPPLIER:
        reasons.append(f"binds the {row.duty_holder}")
    return ", ".join(reasons)


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |"
