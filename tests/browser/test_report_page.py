"""The HTML report in a browser: axe finds nothing, nothing is asked of anybody, all of it can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from checker.model.report import Report
from checker.model.terms import Basis, Conclusion, Outcome
from checker.model.verdict import Finding
from checker.render import html
from tests.browser.conftest import Open
from tests.render import samples
from tests.render.strategies import NASTY

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Rules that axe runs. It covers a part of WCAG: nobody is told that the page conforms."""

PHONE = {"viewport": {"width": 320, "height": 640}}


def hostile() -> Report:
    """Long words and markup everywhere."""
    said = "".join(NASTY).replace("\n", "") + "W" * 400
    finding = Finding(message=said, expected=said, actual=said, fix=said, place=said, reproduce={"sh": said * 3})
    rows = (
        samples.row("H" * 60, Outcome.FAIL, red=True, findings=(finding,), summary=said, tags=("t" * 80,)),
        *(samples.row(f"A-{n}") for n in range(12)),
    )
    return samples.report(rows, Conclusion.NOT_COMPLIANT, 1, headline=said, warnings=(f"DEMONSTRATION: {said}", said))


def every_basis() -> Report:
    """A row on every basis, and every outcome on one of them: the longest texts of the picture."""
    rows = [samples.row(f"B-{letter}", basis=letter) for letter in Basis]
    rows += [
        samples.row(f"O-{outcome}", outcome, basis=Basis.LAW) for outcome in Outcome if outcome is not Outcome.FAIL
    ]
    rows += [samples.row(f"F-{n}", Outcome.FAIL, red=True, basis=Basis.LAW) for n in range(120)]
    return samples.report(tuple(rows), Conclusion.NOT_COMPLIANT, 1)


REPORTS: dict[str, Callable[[], Report]] = {**samples.SAMPLES, "quality": samples.with_quality, "hostile": hostile}
"""What axe looks at: it takes long over a long page."""

PICTURED: dict[str, Callable[[], Report]] = {**REPORTS, "every-basis": every_basis}


def violations(page: Page) -> list[str]:
    """What axe finds wrong: rule and where."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": TAGS, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {**PHONE, "color_scheme": "light"}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(name: str, options: dict[str, Any], open_page: Open) -> None:
    assert violations(open_page(html.render(REPORTS[name]()), **options)) == []


def test_axe_finds_what_is_seeded(open_page: Open) -> None:
    seeded = b'<p style="color: #bbb; background: #fff">pale</p><img src="data:,"><input>'
    page = html.render(samples.broken()).replace(b'<h2 id="counts"', seeded + b'<h2 id="counts"')
    found = {line.partition(":")[0] for line in violations(open_page(page))}
    assert {"color-contrast", "image-alt", "label"} <= found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_a_paler_style(scheme: str, open_page: Open) -> None:
    page = html.render(samples.broken())
    pale = page.replace(b"--soft: #4c6272", b"--soft: #aeb7bd").replace(b"--soft: #b8c4cc", b"--soft: #444c52")
    assert pale != page
    assert any(line.startswith("color-contrast") for line in violations(open_page(pale, color_scheme=scheme)))


def requests_of(page: Page) -> list[str]:
    """Every address that loading the page anew asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="load")
    return asked


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_asked_of_anybody(name: str, open_page: Open) -> None:
    page = open_page(html.render(REPORTS[name]()))
    assert requests_of(page) == [page.url]


def test_a_request_would_be_noticed(open_page: Open) -> None:
    page = open_page(b'<title>t</title><img alt="" src="http://127.0.0.1:9/x">')
    assert "http://127.0.0.1:9/x" in requests_of(page)


def test_a_script_in_the_page_would_not_run(open_page: Open) -> None:
    seeded = b"<script>document.title = 'owned'</script></main>"
    page = open_page(html.render(samples.healthy()).replace(b"</main>", seeded))
    assert page.title().startswith("compliant")


@pytest.mark.parametrize("name", PICTURED)
def test_a_narrow_screen_scrolls_down_only(name: str, open_page: Open) -> None:
    page = open_page(html.render(PICTURED[name]()), **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    outside = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .filter(one => !one.closest(".scroll") && one.getBoundingClientRect().right > 320.5)
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert outside == []


def test_large_text_does_not_run_out_of_a_narrow_screen(open_page: Open) -> None:
    page = open_page(html.render(samples.broken()), **PHONE)
    page.add_style_tag(content="html { font-size: 200% }")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_text_in_the_pictures_is_as_large_on_a_phone(open_page: Open) -> None:
    sizes = "() => [...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)"
    heights = open_page(html.render(samples.broken()), **PHONE).evaluate(sizes)
    assert len(heights) > 10
    assert min(heights) >= 11


def test_the_skip_link_comes_first_and_leads_to_the_conclusion(open_page: Open) -> None:
    page = open_page(html.render(samples.broken()))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")


def test_what_has_the_focus_shows_it(open_page: Open) -> None:
    page = open_page(html.render(samples.broken()))
    for _ in range(8):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement);"
            " return [document.activeElement.tagName, s.outlineStyle, s.outlineWidth] }"
        )
        assert style[1:] == ["solid", "3px"], style


def test_on_paper_links_are_written_out_and_nothing_sticks(open_page: Open) -> None:
    page = open_page(html.render(samples.broken()))
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    stuck = "[...document.querySelectorAll('body *')].some(one => getComputedStyle(one).position === 'sticky')"
    link = (
        "() => { const a = document.querySelector('td a[href^=http]'); return getComputedStyle(a, '::after').content }"
    )
    assert samples.CLAUSE.url in page.evaluate(link)
    page.evaluate("document.querySelector('nav').remove()")
    assert page.evaluate(stuck) is False


@pytest.mark.parametrize("name", REPORTS)
def test_it_prints(name: str, open_page: Open) -> None:
    data = open_page(html.render(REPORTS[name]())).pdf(format="A4")
    assert data.startswith(b"%PDF-")
    assert len(data) > 10_000
    assert data.count(b"/Type /Page\n") >= 2


def test_text_and_pictures_stay_visible_in_forced_colours(open_page: Open) -> None:
    # axe cannot tell here: in forced colours it sees no contrast. So each part is pictured with and
    # without its text; if both pictures are the same, nobody can read it.
    report = samples.replaced(samples.broken(), warnings=("DEMONSTRATION: of nothing.", "Another."))
    page = open_page(html.render(report), forced_colors="active")
    for part in (".conclusion", ".warnings", "article.card", "header", ".lead", "svg.bars", "svg.squares", ".legend"):
        page.reload()
        place = page.locator(part).first
        shown = place.screenshot()
        hide = "one => one.querySelectorAll('*').forEach(text => text.style.visibility = 'hidden')"
        place.evaluate(hide)
        assert place.screenshot() != shown, part


def test_pictures_are_drawn_in_the_readers_own_colours_where_these_are_forced(open_page: Open) -> None:
    page = open_page(html.render(samples.broken()), forced_colors="active")
    fills = "kind => [...new Set([...document.querySelectorAll('svg ' + kind)].map(one => getComputedStyle(one).fill))]"
    words, grounds = page.evaluate(fills, "text"), page.evaluate(fills, "rect")
    assert len(words) == len(grounds) == 1
    assert words != grounds
