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
from checker.render import sections, words
from checker.render.visible import visible


def render(report: Report) -> bytes:
    """The page as UTF-8."""
    template = resources.data("reports/templates").joinpath("report.html.j2").read_text("utf-8")
    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    page = (
        _environment()
        .from_string(template)
        .render(
            report=report,
            # Our own file, not a value: escaping would break its selectors.
            style=Markup(style),  # noqa: S704 - our own style sheet
            parts=sections.sections(report),
            columns=sections.COLUMNS,
            by_obligation=sections.by_obligation(report),
            by_basis=sections.by_basis(report),
            notes=sections.notes(report),
            places={row.id: number for number, row in enumerate(report.rows, start=1)},
        )
    )
    return page.encode("utf-8")


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
        waiver=words.waiver,
        attestation=words.attestation,
        conclusion=words.conclusion,
        vouching=words.vouching,
        exit_meaning=words.exit_meaning,
        is_link=is_link,
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
