"""Attestations: what a named person states about a requirement that no machine decides.

A statement counts only when its file is signed by a key that the reader trusts, of the role and
the name that the statement gives. In force, *met* covers ``inconclusive (human)``; *not met* by
an assessor is a fail; *not met* by the supplier is honest, and covers nothing. When several
trusted persons speak, the worst word stands, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from checker.catalogue import strict_yaml
from checker.catalogue.document import step
from checker.catalogue.schema import validate
from checker.engine.trust import TrustedKey, read_bytes, read_signature, verify
from checker.engine.waivers import check_span, last_moment, moment
from checker.errors import UsageFault
from checker.model.requirement import Profile, Requirement
from checker.model.supplier import Supplier
from checker.model.terms import Cover, Outcome, Reason
from checker.model.value import Value
from checker.model.verdict import AttestationNote, Finding, Verdict

_EFFECT_ORDER = (
    "not-met",
    "covers",
    "not-needed",
    "expired",
    "not-yet",
    "other-version",
    "not-trusted",
    "wrong-role",
)
"""Worst first; of those without effect, the nearest to having one."""


class Attestation(Value, frozen=True, kw_only=True):
    """One statement as written, and whether its signature is trusted."""

    requirement: str
    statement: str
    """``met`` or ``not met``."""
    by: str
    role: str
    """``supplier`` or ``assessor``."""
    product: str
    version: str
    issued: str
    expires: str
    note: str = ""
    trusted: bool = False
    """Signed by a trusted key of that role and that name."""


class AttestationResult(NamedTuple):
    """Verdicts with their attestations noted, and the ids named that are no requirement."""

    verdicts: tuple[Verdict, ...]
    unknown: tuple[str, ...]


def load_attestations(path: Path, keys: tuple[TrustedKey, ...] = ()) -> tuple[Attestation, ...]:
    """The attestations of a YAML file, with the signature beside it (``.sig``) weighed."""
    content = read_bytes(path, "The file of attestations")
    document = strict_yaml.parse(content, path.as_posix(), fault=UsageFault)
    validate(document, "attestations", fault=UsageFault)
    signature = read_signature(path)
    signers = {role: verify(content, signature, keys, role) for role in ("supplier", "assessor")}
    found: list[Attestation] = []
    for index, entry in enumerate(document.data["attestations"]):
        pointer = step("/attestations", index)
        check_span(document, pointer, entry["issued"], entry["expires"], ("issued", "expires"))
        trusted = signers[entry["role"]] == entry["by"]
        found.append(msgspec.convert({**entry, "trusted": trusted}, type=Attestation))
    return tuple(found)


def apply_attestations(
    verdicts: Iterable[Verdict],
    attestations: Iterable[Attestation],
    profile: Profile,
    supplier: Supplier,
    as_of: datetime,
) -> AttestationResult:
    """Note on each verdict the attestation that names it, and do what it does. Pure."""
    by_requirement: dict[str, list[Attestation]] = {}
    for attestation in attestations:
        by_requirement.setdefault(attestation.requirement, []).append(attestation)
    rows = {row.id: row for row in profile.requirements}
    done = tuple(
        _weighed(verdict, by_requirement.get(verdict.requirement, []), rows.get(verdict.requirement), supplier, as_of)
        for verdict in verdicts
    )
    return AttestationResult(done, tuple(sorted(set(by_requirement) - set(rows))))


def _weighed(
    verdict: Verdict, given: list[Attestation], row: Requirement | None, supplier: Supplier, as_of: datetime
) -> Verdict:
    """The verdict under the worst word that counts."""
    if not given or row is None:
        return verdict
    notes = [_note(verdict, one, row, supplier, as_of) for one in given]
    worst = min(notes, key=lambda note: (_EFFECT_ORDER.index(note.effect), note.role, note.by, note.detail))
    if worst.effect == "covers":
        return msgspec.structs.replace(verdict, cover=Cover.ATTESTATION, attestation=worst)
    if worst.effect == "not-met" and worst.role == "assessor":
        return _failed(verdict, worst, row)
    return msgspec.structs.replace(verdict, attestation=worst)


def _failed(verdict: Verdict, note: AttestationNote, row: Requirement) -> Verdict:
    """An assessor has looked, and says that it is not met."""
    statement = row.attestation.statement if row.attestation else row.summary
    said = f"The assessor {note.by} states that this is not met."
    finding = Finding(message=said, expected=statement, actual="not met", fix=row.fix)
    return msgspec.structs.replace(
        verdict,
        outcome=Outcome.FAIL,
        reason=None,
        why=(*verdict.why, said),
        findings=(*verdict.findings, finding),
        attestation=note,
    )


def _note(
    verdict: Verdict, given: Attestation, row: Requirement, supplier: Supplier, as_of: datetime
) -> AttestationNote:
    effect, detail = _effect(verdict, given, row, supplier, as_of)
    detail = "; ".join(part for part in (detail, given.note) if part)
    return AttestationNote(by=given.by, role=given.role, statement=given.statement, effect=effect, detail=detail)


def _effect(
    verdict: Verdict, given: Attestation, row: Requirement, supplier: Supplier, as_of: datetime
) -> tuple[str, str]:
    """What the statement does to this verdict, and why. The first reason against it is named."""
    if row.attestation is None:
        return "wrong-role", "this requirement is not one that a person may attest"
    if given.role not in row.attestation.roles:
        return "wrong-role", f"only {' or '.join(row.attestation.roles)} may attest this"
    if not given.trusted:
        return "not-trusted", f"no trusted {given.role} key of {given.by!r} signed the file"
    if (given.product, given.version) != (supplier.product, supplier.version):
        return "other-version", f"it is for {given.product} {given.version}"
    if as_of < moment(given.issued):
        return "not-yet", f"issued {given.issued}"
    if as_of > last_moment(given.expires):
        return "expired", f"expired {given.expires}"
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        return "not-needed", f"the outcome is {verdict.outcome}"
    if given.statement != "met":
        return "not-met", "" if given.role == "assessor" else "the supplier's own word covers nothing"
    if verdict.reason is not Reason.HUMAN:
        return "not-needed", f"it is inconclusive for another reason: {verdict.reason}"
    return "covers", ""
