"""One check of a supplier's name: enough to be found, linked and judged."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding
from checker.model.view import EvidenceView


class Wanted(Params, frozen=True, kw_only=True):
    """What the name must begin with."""

    prefix: str


@check("example.name-begins-well", params=Wanted, needs=lambda p, settings: [], source="https://example.org/names")
def name_begins_well(ev: EvidenceView, params: Wanted) -> Iterator[Examined | Finding]:
    """The supplier's name begins with the wanted word.

    Good: ``Example Ltd`` for ``Example``. Bad: ``Sample Ltd``.
    """
    yield Examined(what="the supplier's name")
    if not ev.supplier.name.startswith(params.prefix):
        yield Finding(message="The name begins otherwise.", expected=params.prefix, actual=ev.supplier.name)
