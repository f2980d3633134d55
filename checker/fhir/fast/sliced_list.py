"""Arrays whose items belong to slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.fhir.definitions.ir import Element
from checker.fhir.fast import site
from checker.fhir.fast.asks import Asks
from checker.fhir.fast.slices import Slice, Slices
from checker.fhir.fast.writing import Writer

if TYPE_CHECKING:
    from checker.fhir.fast.values import Value


class SlicedList:
    """The judge of an array whose items belong to slices: each is judged with what its slices ask."""

    __slots__ = ("_checks", "_met", "_slices", "_value")

    def __init__(self, value: Value, asks: Asks, sliced: list[Element]) -> None:
        self._value = value
        self._slices = [Slices(value.build, one, value.kind) for one in sliced]
        self._checks: dict[tuple[Any, ...], Any] = {}
        self._met = 0

    def __call__(self, v: list[Any], c: Any) -> int:
        """Judge the items; the number of names and texts in them."""
        n = 0
        rows = []
        for x in v:
            row = tuple([one.slice_of(x) for one in self._slices])
            check = self._checks.get(row)
            if check is None:
                check = self._checks[row] = self._made(row, x)
            n += check(x, c)
            rows.append(row)
        for at, one in enumerate(self._slices):
            one.count([row[at] for row in rows], c)
        self._met += 1
        if self._met == site.OFTEN:
            self._checks.clear()
        return n

    def _made(self, row: tuple[Slice, ...], sample: Any) -> Any:
        outer = self._value
        w = Writer(outer.w.place, often=self._met >= site.OFTEN)
        asks = Asks(
            outer.build,
            outer.element,
            outer.kind,
            [*outer.one.further, *(one for one in row if isinstance(one, Element))],
        )
        value = type(outer)(outer.site, w, outer.one, sample)
        value._single(0, "x", asks, "")
        w.add(0, "return n")
        return w.function("x, c")
