"""``checker explain``: one requirement, check, rule or code, offline."""

from __future__ import annotations

import difflib

import click

from checker.cli import options as given
from checker.model.registry import Registry
from checker.model.requirement import Profile, Requirement

EXIT_CODES = "exit-codes"


@click.command("explain", epilog="Example: checker explain FHIR-READ-001")
@click.argument("what")
@given.PROFILE
@click.option(
    "--annex", is_flag=True, help="WHAT is a profile: print the annex to a notice, its requirements and digest."
)
def command(what: str, profile: str, annex: bool) -> int:
    """Explain a requirement, a check, scan, condition or probe, a rule or invariant of 'validate', or 'exit-codes'."""
    from checker.cli.compose import library, registry
    from checker.cli.compose import profile as load
    from checker.cli.list_ import explanation
    from checker.errors import UsageFault

    if annex:
        from checker.render.annex import annex as annex_of

        click.echo(annex_of(load(what, registry())), nl=False)
        return 0
    if what == EXIT_CODES:
        click.echo(exit_codes())
        return 0
    known = registry()
    loaded = load(profile, known)
    row = loaded.by_id(what)
    if row is None and (entry := library().ledger.get(what)) is not None and not entry.withdrawn:
        loaded = load(entry.profile, known)  # the id says which profile it is of
        row = loaded.by_id(what)
    if row is not None:
        click.echo(requirement_page(loaded, row, known))
        return 0
    for shelf in (known.checks, known.scans, known.conditions, known.probes):
        found = shelf.get(what)
        if found is not None:
            click.echo(f"{what}: a {shelf.sort}\n\n{explanation(found)}")
            source = getattr(found, "source", "")
            click.echo(f"\nSource: {source}" if source else "", nl=bool(source))
            return 0
    from checker.fhir.validation.pages import all_rules, invariant_page, page

    rules = all_rules()
    told = page(rules[what]) if what in rules else invariant_page(what)
    if told is not None:
        click.echo(told)
        return 0
    from checker.fhir.validation.invariant_words import WORDS

    names = [
        *rules,
        *WORDS,
        EXIT_CODES,
        *(one.id for one in loaded.requirements),
        *known.checks,
        *known.scans,
        *known.probes,
    ]
    close = difflib.get_close_matches(what, names, n=1)
    raise UsageFault(
        f"There is nothing called {what!r} in {loaded.id}." + (f" Did you mean {close[0]!r}?" if close else ""),
        where="explain",
        next_step="See 'checker list requirements' and 'checker list checks'.",
    )


def exit_codes() -> str:
    """The table of exit codes."""
    from checker.engine.tally import EXIT_WORDS

    lines = [f"{code:>4}  {words}" for code, words in EXIT_WORDS.items()]
    order = "When several hold, the first of 130, 5, 2, 1, 4, 3 is given."
    never = "Inconclusive is not a failure of the supplier, and never a pass: something could not be decided."
    return "\n".join(["Exit codes, the same for ever:", "", *lines, "", order, never])


def requirement_page(profile: Profile, row: Requirement, known: Registry) -> str:
    """All there is to say of a requirement, and which layer set each field."""
    from checker.cli.list_ import explanation
    from checker.model.terms import BASIS_WORDS, LEVEL_WORDS

    clause = " ".join(part for part in (row.clause.standard, row.clause.section) if part)
    lines = [
        f"{row.id}  {row.summary}",
        "",
        f'  obligation   {row.obligation} (the source says "{row.verb}")',
        f"  basis        {row.basis}: {BASIS_WORDS[row.basis]}",
        f"  clause       {clause}",
        f"               {row.clause.url}",
        f"  duty-holder  {row.duty_holder}",
        *(["  draft        yes: judged and shown apart"] if row.draft else []),
        f"  confirmed    {'yes: the clause was read at its source' if row.confirmed else 'no: judged and shown apart'}",
        *(
            ["  advisory     yes: our policy, which no notice has adopted; judged and shown apart"]
            if row.advisory
            else []
        ),
        *(
            [f"  evidence     of level {row.evidence_floor} at least ({LEVEL_WORDS[row.evidence_floor]})"]
            * bool(row.evidence_floor)
        ),
        f"  safety       {row.safety}",
        f"  waivable     {row.waivable}",
        f"  decided by   {_decided_by(row)}",
    ]
    if row.applies_when is not None:
        lines.append(f"  applies when {row.applies_when.condition} {row.applies_when.params}")
    if row.requires:
        lines.append(f"  requires     {', '.join(row.requires)}")
    lines += ["", f"Why: {row.rationale}" if row.rationale else "", f"How to mend: {row.fix}"]
    found = (known.checks.get(row.check.check) or known.scans.get(row.check.check)) if row.check else None
    if found is not None:
        lines += ["", explanation(found)]
    layers = profile.origins.get(row.id, {})
    if layers:
        lines += ["", "Where each field is set:"]
        lines += [f"  {name:<13} {layer.source}:{layer.line}" for name, layer in sorted(layers.items())]
    return "\n".join(lines)


def _decided_by(row: Requirement) -> str:
    if row.check is not None:
        return f"the machine: {row.check.check} {row.check.params or ''}".rstrip()
    if row.attestation is not None:
        return f"a person ({', '.join(row.attestation.roles)}): {row.attestation.statement}"
    return f"nobody yet: {row.not_tested.reason}" if row.not_tested else ""
