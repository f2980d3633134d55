"""The disposal log as it is read: counts and lines, and nothing that a line says."""

from __future__ import annotations

from typing import Any

import pytest

from checker.probes.disposal_log import DisposalLog, class_digest

HEADER = b"class,count,method,date,authorised-by\n"


def read(*files: bytes) -> dict[str, Any]:
    reader = DisposalLog()
    for text in files:
        for at in range(0, len(text), 7):
            reader.feed(text[at : at + 7])
        reader.end()
    return reader.facts()


def test_counts_by_class_and_the_last_day() -> None:
    found = read(HEADER + b"letters,12,Shredded,2026-03-01,Maud A\n Letters ,8,Shredded,2026-04-01,Maud A\n\n")
    assert found["gone"] == {class_digest("letters"): 20}
    assert (found["entries"], found["last"], found["lacking"], found["unread"]) == (2, "2026-04-01", {}, [])
    assert "Maud" not in str(found)


@pytest.mark.parametrize(
    ("row", "lacking"),
    [
        (b"letters,12,,2026-03-01,x", {"method": 1}),
        (b"letters,many,m,2026-03-01,x", {"count": 1}),
        (b"letters,-1,m,2026-03-01,x", {"count": 1}),
        (b"letters,1,m,2026-02-30,x", {"date": 1}),
        (b"letters,1,m,1 March,x", {"date": 1}),
        (b",,,,x", {"class": 1, "count": 1, "method": 1, "date": 1}),
    ],
)
def test_a_line_that_lacks_something(row: bytes, lacking: dict[str, int]) -> None:
    found = read(HEADER + row + b"\n")
    assert found["lacking"] == lacking
    assert all(lines == [2] for lines in found["lines"].values())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "header"),
        (b"class,count\n", "header"),
        (b"class,class,count,method,date,authorised-by\n", "header"),
        (HEADER + b"letters,1\n", "line 2"),
        (HEADER + b"\xff\n", "UTF-8"),
        (HEADER + b'"letters,1,m,2026-01-01,x\n', "CSV"),
        (HEADER + b"x" * (33 * 1024 * 1024), "longer"),
    ],
)
def test_what_is_no_such_log_is_said_and_not_quoted(text: bytes, why: str) -> None:
    if len(text) > 1_000_000:
        reader = DisposalLog()
        reader.feed(text)
        reader.end()
        (said,) = reader.facts()["unread"]
    else:
        (said,) = read(text)["unread"]
    assert why in said


def test_columns_in_another_order_and_one_more() -> None:
    found = read(b"\xef\xbb\xbfDate,Ticket,Class,Count,Method,Authorised-By\n2026-01-01,T,letters,3,m,x\n")
    assert (found["gone"], found["unread"]) == ({class_digest("letters"): 3}, [])
