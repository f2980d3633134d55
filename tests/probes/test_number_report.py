"""The supplier's report on NHS numbers: what is read, and what is said of what cannot be."""

from __future__ import annotations

import pytest

from checker.probes.number_report import NumberReport

GOOD = b"measure,count\nnumbers-on-several-records,2\nrecords-without-number,0\n"


def read(*files: bytes, chunk: int = 7) -> dict[str, object]:
    reader = NumberReport()
    for text in files:
        for start in range(0, len(text), chunk):
            reader.feed(text[start : start + chunk])
        reader.end()
    return reader.facts()


@pytest.mark.parametrize(
    "text",
    [GOOD, GOOD.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + GOOD, GOOD + b"\n"],
)
def test_a_report_is_read(text: bytes) -> None:
    counts = {"numbers-on-several-records": 2, "records-without-number": 0}
    assert read(text) == {"counts": counts, "unread": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "header"),
        (b"a,b\n", "header"),
        (b"measure,count\nnumbers-on-several-records,-1\n", "row 2"),
        (b"measure,count\nnumbers-on-several-records,1,2\n", "row 2"),
        (b"measure,count\nother,1\n", "row 2"),
        (b"measure,count\nrecords-without-number,1\nrecords-without-number,2\n", "row 3"),
        ("measure,count\nrecords-without-number,١\n".encode(), "row 2"),
        (b"measure,count\nrecords-without-number," + b"9" * 30 + b"\n", "row 2"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'measure,count\n"records', "CSV"),
        (b"x" * 70_000, "too long"),
    ],
)
def test_what_is_no_report_is_named_and_not_quoted(text: bytes, words: str) -> None:
    unread = read(text, chunk=4096)["unread"]
    assert isinstance(unread, list)
    assert len(unread) == 1
    assert words in unread[0]


def test_two_files_are_one_report_and_must_agree() -> None:
    other = b"measure,count\nnumbers-on-several-records,3\n"
    assert read(GOOD, GOOD)["unread"] == []
    assert read(GOOD, other)["unread"] == ["row 2 gives another count for a measure that was there"]
