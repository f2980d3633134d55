"""The data shopping list in page, console, JSON and as a file of examples."""

from __future__ import annotations

import json

from checker.model.report import Report
from checker.model.shopping import ShoppingNote, ToLoad
from checker.render import console, html, json_, render
from tests.render import samples

EXAMPLE = '{"resourceType":"Patient","id":"example-1","birthDate":"1980-01-01"}'
HOSTILE = "Patient.name</script><script>alert(1)</script>\x1b[2J"


def listed() -> Report:
    """Of each sort one: with an example and without, and one that says that it is unsupported."""
    items = (
        ToLoad(type="Observation", element="Observation.value[x]", as_type="Range", definition="https://a.example/O"),
        ToLoad(type="Patient", element="Patient.birthDate", example=EXAMPLE),
        ToLoad(type="Patient", element="Patient.birthDate", to="Group", example=EXAMPLE),
        ToLoad(type="Patient", element=HOSTILE, denied=True),
    )
    return samples.replaced(samples.healthy(), shopping_list=ShoppingNote(items=items, seen={"Patient": 3}))


def test_the_page_shows_each_with_its_example() -> None:
    page = html.render(listed()).decode()
    assert 'aria-labelledby="shopping"' in page
    assert "Patient (3 seen)" in page
    assert "Observation.value[x] as Range" in page
    assert "&#34;birthDate&#34;: &#34;1980-01-01&#34;" in page
    assert "see https://a.example/O" in page
    assert "(said to be unsupported)" in page
    assert "<script" not in page
    assert "\x1b" not in page


def test_without_a_list_there_is_no_section() -> None:
    empty = samples.replaced(samples.healthy(), shopping_list=ShoppingNote(seen={"Patient": 3}))
    for report in (samples.healthy(), empty):
        assert 'aria-labelledby="shopping"' not in html.render(report).decode()
        assert "Data shopping list" not in console.text(report)
        assert render(report, "shopping-list") == b""


def test_the_console_names_what_to_load_by_type() -> None:
    said = console.text(listed())
    assert "Data shopping list: 4 things that no resource shows" in said
    assert "Patient (3 seen): Patient.birthDate, Patient.birthDate to Group" in said
    assert "\x1b" not in said


def test_the_file_holds_each_example_once() -> None:
    (line,) = render(listed(), "shopping-list").decode().splitlines()
    assert json.loads(line)["birthDate"] == "1980-01-01"


def test_a_report_of_before_has_no_list_and_is_read() -> None:
    old = json_.render(samples.healthy()).replace(b',"shopping_list":null', b"")
    assert b"shopping_list" not in old
    assert Report.from_json(old) == samples.healthy()
    assert Report.from_json(json_.render(listed())) == listed()
