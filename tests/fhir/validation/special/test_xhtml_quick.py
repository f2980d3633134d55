"""The quick look at narratives: what it lets pass is what the full reading finds nothing in, whatever it is given."""

from __future__ import annotations

import random
import re

import pytest

from checker.fhir.validation.special import narrative, xhtml_quick
from checker.fhir.validation.special.narrative import check_div
from checker.fhir.validation.special.xhtml_quick import USUAL_START, is_clean, is_plain
from checker.fhir.validation.special.xhtml_reading import Reading
from checker.fhir.validation.special.xhtml_runs import Run

_STARTS = (
    *(USUAL_START,) * 4,
    '<div xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">',
    "\n <div xmlns='http://www.w3.org/1999/xhtml'>",
    "<div>",
)
_NAMES = (
    *("p", "br", "div", "h1", "a", "span", "b", "i", "code", "blockquote", "hr", "ul", "li", "dl", "dt", "dd", "pre"),
    *("table", "caption", "colgroup", "col", "thead", "tr", "tbody", "th", "td", "img", "q", "script", "section", "B"),
)
_CHILDREN = {
    "table": ("tr", "tr", "tbody", "caption", "td", "p"),
    "tbody": ("tr",),
    "tr": ("td", "td", "th", "p"),
    "ul": ("li",),
    "dl": ("dt", "dd"),
}
_LINE = ("b", "span", "i", "a", "br", "code", "q", "dl")
_FLOW = ("p", "p", "b", "span", "a", "table", "table", "ul", "div", "blockquote", "h1", "br", "hr", "img", "pre")
_ATTRIBUTES = (
    *('class="a"', 'style="color: red"', 'style="vertical-align: top"', 'style="vb script:x"', 'style=" javascript:x"'),
    *('id="a"', 'id="b"', 'name="a"', 'href="http://h.example/c?d=e"', 'href="#a"', 'href="jobs"', 'href="a b"'),
    *('href="javascript:x"', 'href="data:x,y"', 'href="a&amp;b"', 'href=""', 'title="x > y"', 'title="x&lt;"'),
    *('title="&"', 'title="<"', 'colspan="2"', 'onclick="x"', 'xml:lang="en"', 'lang="en"', "class='a'", 'class = "a"'),
    *('class="a" class="b"', 'class="a" title="c"', 'width="3"', 'xml:space="preserve"', 'src="x.png"', 'class="a'),
    *('xmlns="http://www.w3.org/1999/xhtml"', 'xmlns:x="y"', 'id="">', 'a:b="c"'),
)
_TEXTS = (
    *(
        "",
        " ",
        "\n",
        "a > b",
        "&amp;",
        "&lt;",
        "&#160;",
        "&nbsp;",
        "&#32;",
        "&",
        "\xa0",
        "\u2003",
        "]]>",
        '"',
        "é",
        "\x01",
    ),
    *("\ufffe", "\x85", "<!-- c -->", "<![CDATA[x]]>", "<?x?>", "&#1;", "&#xFFFE;", "&bogus;", "\U0001f600"),
)
_PIECES = (
    *("<", ">", "/", "<p>", "</p>", "<b>", "</b>", "<ul>", "</li>", "&", '"', "'", " id='a'", ' id="a"', "<br/>", "x"),
    *("<td>", "<td/>", "<p/>", "</tr>", "</table>", "</div>", "<div>", "\xa0", "\x02", "<<", "</", "/>", ' class="x"'),
)


class _Author:
    """Writes narratives, good and bad."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def narrative(self) -> str:
        r = self.random
        wild = r.choice((0.0, 0.0, 0.03, 0.1))
        inside = "".join(self.element(r.choice(_FLOW), r.randint(1, 4), wild) for _ in range(r.randint(0, 3)))
        end = r.choice(("", "", "", " ", "\xa0"))
        text = f"{r.choice(_STARTS)}{inside}{self.text()}</div>{end}"
        return self.spoilt(text) if r.random() < 0.4 else text

    def element(self, name: str, depth: int, wild: float) -> str:
        r = self.random
        start = end = r.choice(_NAMES) if r.random() < wild else name
        if r.random() < 0.3:
            start += r.choice((" ", " ", " ", "\n")) + r.choice(_ATTRIBUTES)
        if name in ("br", "hr", "img", "col") or r.random() < 0.05:
            return f"<{start}{r.choice(('/', ' /'))}>"
        children = _CHILDREN.get(name) or (_FLOW if name in ("div", "td", "li", "blockquote") else _LINE)
        inside = "".join(
            (self.text() if name not in _CHILDREN else "\n") + self.element(r.choice(children), depth - 1, wild)
            for _ in range(r.randint(0, 3) if depth else 0)
        )
        if name not in _CHILDREN:
            inside += self.text()
        return f"<{start}>{inside}</{end}>"

    def text(self) -> str:
        return self.random.choice(_TEXTS) if self.random.random() < 0.1 else "words "

    def spoilt(self, text: str) -> str:
        r = self.random
        at = r.randint(0, len(text))
        kind = r.randrange(3)
        if kind == 0:
            return text[:at] + text[at + r.randint(1, 9) :]
        if kind == 1:
            other = r.randint(0, len(text))
            return text[:at] + text[other : other + r.randint(1, 40)] + text[at:]
        return text[:at] + r.choice(_PIECES) + text[at + r.choice((0, 0, 1, 4)) :]


@pytest.fixture(params=[0, 1000], ids=["tag by tag", "in runs"])
def looks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many narratives were looked at before: the first are read tag by tag."""
    number: int = request.param
    monkeypatch.setattr(xhtml_quick, "_looks", [number])
    xhtml_quick._START.clear()
    xhtml_quick._PLAIN_START.clear()
    return number


def test_it_agrees_with_the_full_reading(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    author = _Author(20260102)
    count = 2500 if looks else 50
    texts = [author.narrative() for _ in range(count)]
    found = [(check_div(text), check_div(text, "en")) for text in texts]
    passed = sum(is_clean(text, is_plain(text)) for text in texts)
    monkeypatch.setattr(narrative, "is_clean", lambda text, plain: False)
    for text, (alone, in_english) in zip(texts, found, strict=True):
        assert alone == tuple(Reading(text).findings), text
        assert in_english == check_div(text, "en"), text
    assert 0.1 < passed / count < 0.9


@pytest.mark.parametrize(
    "text",
    [
        f"\xa0{USUAL_START}a</div>",
        f"{USUAL_START}a</div>\x85",
        f"{USUAL_START}<p>&#160;</p></div>",
        f"{USUAL_START}<<p>a</p></div>",
        f"{USUAL_START}<p>a</p></div></div>",
        f"{USUAL_START}<p>a\ufffe</p></div>",
        f"{USUAL_START}<p>a\ud800</p></div>",
        f"{USUAL_START}<b><b>a</b></b></div>",
        f"{USUAL_START}<table><tr>a<td>b</td></tr></table></div>",
        f'{USUAL_START}<p id="a">a</p><p id="a">b</p></div>',
        f'{USUAL_START}<a href="java&#115;cript:a()">a</a></div>',
        f'{USUAL_START}<p style="VB&#83;cript:a">a</p></div>',
    ],
)
def test_what_only_looks_good_is_left_to_the_full_reading(looks: int, text: str) -> None:
    assert not is_clean(text, is_plain(text))
    assert not is_clean(f"{USUAL_START}{'<i>a</i>' * 60}{text}</div>", False)


def test_depth_is_not_learnt(looks: int) -> None:
    deep = USUAL_START + "<div>" * 450 + "a" + "</div>" * 450 + "</div>"
    for _ in range(450):
        assert not is_clean(deep, True)
    assert {one.rule.id for one in check_div(deep)} == {"narrative-malformed"}


def _steps(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many runs are looked for in the narrative; each goes on where the last ended."""
    places: list[int] = []

    class Counting(xhtml_quick._Context):
        def _run(self) -> Run:
            run = super()._run()

            def counted(text: str, at: int) -> re.Match[str] | None:
                places.append(at)
                return run(text, at)

            return counted

    with monkeypatch.context() as patch:
        patch.setattr(xhtml_quick, "_Context", Counting)
        patch.setattr(xhtml_quick, "_looks", [1000])
        for name in ("_START", "_PLAIN_START"):
            patch.setattr(xhtml_quick, name, Counting("", None, name == "_PLAIN_START"))
        is_clean(text, is_plain(text))
    assert places == sorted(set(places))
    return len(places)


def test_a_simple_narrative_is_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "<tr><td>a</td><td><b>b</b><br/>c</td></tr>\n" * 500
    text = f"{USUAL_START}<h2>a</h2><p>a <b>b</b></p><table>\n{rows}</table><ul><li>a</li></ul></div>"
    assert check_div(text) == ()
    assert _steps(text, monkeypatch) == 1
    attributes = text.replace("<td>", '<td style="vertical-align: top">').replace("<table>", '<table class="grid">')
    assert check_div(attributes) == ()
    assert _steps(attributes, monkeypatch) == 2


@pytest.mark.parametrize(
    "piece",
    [
        *("<br/>", "<p>", "<table><tr><td>", "<tr><td>a</td></tr>", "<p><b>a</b><dfn>b</dfn></p>", "<", ">", "&", " "),
        *("<p class='a", '<a href="b" href="c">', "&#32;", "<span>", "</p>", "<!--", "<p>a</p >", "]]>", ' a="b"'),
    ],
)
def test_hostile_narratives_take_a_step_for_a_tag_at_most(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for start, end in (("", ""), ("<p>", "</p>"), ("<table>", "</table>"), ("<p title='", "'>a</p>")):
        text = f"{USUAL_START}{start}{piece * 20_000}{end}</div>"
        assert _steps(text, monkeypatch) <= text.count("<") + 1
