"""Resources of which the same was said: what follows from that alone is worked out once for all of them.

Most resources of an export have no error, and what else is said of them (codes that cannot be verified, a narrative
that is not there) is said of thousands in the same words at the same places. Each such class is an :class:`Alike`.
Rows keep what they make of it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.checks.fhir_looked import Said

_MOST_KEPT = 10_000


class Alike:
    """What is the same of all resources of a class. It holds none of them.

    - ``asked``, ``canonicals``, ``severities``, ``unplaced``, ``open``, ``open_at``, ``unsound``: as those of the
      ``Said`` of each. ``sound``: nothing was wrong with the definitions.
    - ``rows``: what rows make of the class, by whatever they choose.
    - ``beside``: what its resources are besides, held against other StructureDefinitions: see
      :meth:`checker.checks.fhir_looked.Looked.alike_by`.
    """

    __slots__ = (
        "_signed",
        "asked",
        "beside",
        "canonicals",
        "open",
        "open_at",
        "rows",
        "severities",
        "sound",
        "unplaced",
        "unsound",
    )

    def __init__(self, said: Said, signed: Any) -> None:
        self.asked = said.asked
        self.canonicals = said.canonicals
        self.severities = said.severities
        self.unplaced = said.unplaced
        self.open = said.open
        self.open_at = said.open_at
        self.unsound = said.unsound
        self.sound = not said.result.definition_problems
        self.rows: dict[Any, Any] = {}
        self.beside: dict[Any, Any] = {}
        # The class is known by the identity of these, so they must not go before it.
        self._signed = signed


class Classes:
    """The classes that were met."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, ...], Any], Alike] = {}

    def of(self, said: Said) -> Alike | None:
        """The class of a resource; None where the validator has to be asked about each one by itself."""
        clean = said.result.clean
        sign = clean.sign() if clean is not None else None
        if clean is None or sign is None:
            return None
        key = (said.asked, sign)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            found = self._known[key] = Alike(said, clean.signed())
        return found
