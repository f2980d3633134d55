"""The report as one HTML file: no script, no request to anywhere, readable on paper and on a phone.

Every value goes through ``visible`` and autoescape. An address becomes a link only when it is
http or https, since a profile of a stranger may carry any other scheme.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from checker import resources
from checker.model.report import Report
from checker.model.terms import Basis
from checker.render import chart, claims, decision, meaning, quality, sections, shopping, words
from checker.render.cards import cards
from checker.render.visible import visible


def render(report: Report) -> bytes:
    """The page as UTF-8."""
    template = resources.data("reports/templates").joinpath("report.html.j2").read_text("utf-8")
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    parts = sections.sections(report)
    against = cards(parts.against)
    page = (
        _environment()
        .from_string(template)
        .render(
            report=report,
            # Our own file, not a value: escaping would break its selectors.
            style=Markup(style),  # noqa: S704 - our own style sheet
            parts=parts,
            cards=against,
            card_places={card.row.id: number for number, card in enumerate(against, start=1)},
            steps=meaning.next_steps(parts.against),
            bars=_bars(report),
            areas=chart.areas(report),
            quality=quality.by_type(report.data_quality) if report.data_quality else (),
            claims=claims.by_type(report.claims) if report.claims else (),
            shopping=shopping.by_type(report.shopping_list) if report.shopping_list else (),
            notes=sections.notes(report),
            places={row.id: number for number, row in enumerate(report.rows, start=1)},
        )
    )
    return page.encode("utf-8")


def _bars(report: Report) -> tuple[tuple[str, str, list[chart.Bar]], ...]:
    """Each picture of bars: heading of its first column, title, and the bars."""
    return (
        ("Obligation", "Requirements by obligation", chart.by_obligation(report)),
        ("Basis", "Requirements in scope by what they rest on", chart.by_basis(report)),
    )


def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(
        mark=words.mark,
        state=words.state,
        why=words.why,
        facts=words.facts,
        apart=words.apart,
        moment=words.moment,
        vouched=words.vouched,
        uncounted=words.uncounted,
        changes=words.changes,
        waiver=words.waiver,
        attestation=words.attestation,
        conclusion=words.conclusion,
        vouching=words.vouching,
        exit_meaning=words.exit_meaning,
        is_link=is_link,
        marks=chart.ORDER,
        side=chart.SIDE,
        quality_words=quality.WORDS,
        claim_signs=claims.signs,
        open_groups=decision.groups,
        decision_remarks=decision.remarks,
        decision_colours=decision.COLOURS,
        annex_of=decision.annex,
        shows_levels=decision.levels,
        level=decision.level,
        claim_headings=claims.HEADINGS,
        mean_score=quality.mean_score,
        per_cent=quality.per_cent,
        hours=quality.hours,
        delay_kept=quality.delay_kept,
        lead=meaning.lead,
        meaning=meaning.meaning,
        scope_words=meaning.scope_words,
        basis=words.basis,
        bases=tuple(Basis),
        outcome_meanings=(
            *((words.MARKS[outcome], said) for outcome, said in meaning.OUTCOME_MEANING.items()),
            (words.COVERED, meaning.COVERED_MEANING),
        ),
        obligation_meanings=meaning.OBLIGATION_MEANING,
    )
    return made


def is_link(address: str) -> bool:
    """May the address be a link?

    >>> is_link("javascript:alert(1)")
    False
    """
    return address.startswith(("https://", "http://"))


def _shown(value: Any) -> Any:
    """What a template prints: text with nothing hidden in it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
