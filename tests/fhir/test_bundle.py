"""Reading a searchset that may be anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.fhir import bundle

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entry", "resource", "resourceType", "id", "link", "url", "relation", "search", "mode"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_nothing_that_a_server_says_raises(value: Any) -> None:
    assert isinstance(list(bundle.matches(value, "Patient")), list)
    assert isinstance(bundle.ids(value, "Patient"), tuple)
    assert isinstance(bundle.link(value, "next"), str)
    assert isinstance(list(bundle.links(value)), list)
    assert isinstance(bundle.version_id(value), str)


def entry(id: object, mode: str | None = None) -> dict[str, Any]:
    search = {"search": {"mode": mode}} if mode else {}
    return {"resource": {"resourceType": "Patient", "id": id}, **search}


@pytest.mark.parametrize(("mode", "counts"), [(None, True), ("match", True), ("include", False), ("outcome", False)])
def test_only_matches_are_matches(mode: str | None, counts: bool) -> None:
    assert bool(bundle.ids({"entry": [entry("a", mode)]}, "Patient")) is counts


@pytest.mark.parametrize("id", ["../metadata", "a/b", "a b", "", "x" * 65, None, 7])
def test_what_no_id_may_be_is_not_put_into_a_url(id: object) -> None:
    assert bundle.ids({"entry": [entry(id), entry("a-1.B")]}, "Patient") == ("a-1.B",)


def test_each_id_is_given_once_and_in_order() -> None:
    assert bundle.ids({"entry": [entry("b"), entry("a"), entry("b")]}, "Patient") == ("b", "a")
