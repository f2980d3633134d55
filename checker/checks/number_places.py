"""NHS numbers where no number of a person belongs: in references and links between records, and in names of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal
from urllib.parse import unquote_plus

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

Where = Literal["references", "file-names"]
_TEN = re.compile(r"(?<![0-9A-Za-z])[0-9]{3}[ _.-]?[0-9]{3}[ _.-]?[0-9]{4}(?![0-9A-Za-z])", re.ASCII)
_LENGTH = 10
_NUMBER = b"\x00"
_SAID = {
    "references": Said(
        "A reference or address in a record holds an NHS number",
        "a reference by an opaque id, or by identifier",
        "the NHS number of a patient of the same records",
    ),
    "file-names": Said(
        "The name of a file holds an NHS number",
        "names that name nobody",
        "the NHS number of a patient of the same records",
    ),
}


class PlaceParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``where``: ``references`` (references and addresses in records) or ``file-names``. ``system``: of NHS numbers."""

    where: Where = "references"
    system: str = NHS_NUMBER_SYSTEM


class NumbersElsewhere(TalliedScan[PlaceParams], Keyed[PlaceParams, Tallied]):
    """No reference, address or file name holds an NHS number.

    Only a number that a resource of the same source carries as its own ``identifier`` counts as one: a counter or an
    order number of ten digits is none. For ``references``, looked at are the members ``reference``, ``url`` and
    ``fullUrl`` of every resource, escapes undone; a literal reference to a patient whose logical id is the number is
    left to logical-id.opaque. For ``file-names`` it is the names of the files and archive members themselves, and the
    titles and addresses of attachments.

    Good: ``{"reference": "Patient/b2f1c7"}``; ``letters/0001.pdf``.
    Bad: ``{"reference": "Patient?identifier=…|9990000018"}``; ``letters/9990000018.pdf``.
    """

    id: ClassVar[str] = "nhs-number.not-in-names"
    params_type: ClassVar[type[Params]] = PlaceParams
    looks: ClassVar[tuple[Look, ...]] = (
        Look(),
        Look(element="reference"),
        Look(element="url"),
        Look(element="attachment"),
    )
    source: ClassVar[str] = "docs/policy.md#names-and-references-name-no-patient"

    def looking(self, params: PlaceParams) -> tuple[Look, ...]:
        """What there is to see for the places that are asked for."""
        if params.where == "references":
            return Look(member="identifier"), Look(element="reference"), Look(element="url")
        return Look(), Look(element="attachment")

    def emit(self, seen: Seen, params: PlaceParams) -> Iterable[tuple[bytes, bytes]]:
        """The numbers of a resource, and each ten digits at such a place."""
        if seen.path is None or _is_resource(seen):
            return self._of_resource(seen, params)
        return self.emits((seen,), params)

    def emits(self, several: Sequence[Seen], params: PlaceParams) -> Iterable[tuple[bytes, bytes]]:
        """Each ten digits in several texts."""
        pairs: list[tuple[bytes, bytes]] = []
        in_references = params.where == "references"
        for seen in several:
            node = seen.node
            if isinstance(node, str):
                numbers = _of_text(node) if in_references else ()
                # Patient/9990000018 says no more than the id that it refers to: logical-id.opaque judges that.
                if numbers and not node.startswith("Patient/") and not seen.is_item:
                    pairs += [_held(number, seen, "") for number in numbers]
            elif _is_resource(seen):
                pairs += self._of_resource(seen, params)
            elif params.where == "file-names" and isinstance(seen.node, dict):
                for member in ("title", "url"):
                    if isinstance(text := seen.node.get(member), str):
                        pairs += [_held(number, seen, f"/{member}") for number in _of_text(text)]
        return pairs

    def _of_resource(self, seen: Seen, params: PlaceParams) -> list[tuple[bytes, bytes]]:
        if "identifier" not in seen.node and (params.where == "references" or not _of_text(seen.locator.path)):
            return []
        pairs = [(number.encode("ascii"), _NUMBER) for number in _own_numbers(seen.node, params.system)]
        if params.where == "file-names" and (numbers := _of_text(seen.locator.path)):
            named = b"\x01" + f"file {_masked(seen.locator.path)}".encode()
            pairs += [(number.encode("ascii"), named) for number in numbers]
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: PlaceParams) -> Tallied:
        """One number, and the places that hold it."""
        if next(values) != _NUMBER:
            return state
        state.count()
        last = b""
        for value in values:
            if value != _NUMBER and value != last:
                state.fault(params.where, value[1:].decode())
            last = value
        return state

    def finish(self, state: Tallied, params: PlaceParams) -> Iterator[Statement]:
        """How many numbers were looked for, and the finding."""
        if state.examined:
            yield Examined(what=f"NHS numbers that were looked for in {params.where}", count=state.examined)
            yield from findings(state, {params.where: _SAID[params.where]})


def _is_resource(seen: Seen) -> bool:
    return isinstance(seen.node, dict) and isinstance(seen.node.get("resourceType"), str)


def _held(number: str, seen: Seen, below: str) -> tuple[bytes, bytes]:
    """A number under itself, with the place that holds it; ``below`` is the rest of the pointer."""
    return number.encode("ascii"), b"\x01" + f"{_masked(seen.place)}{below}".encode()


def _own_numbers(resource: Any, system: str) -> Iterator[str]:
    listed = resource.get("identifier") if isinstance(resource, dict) else None
    for one in listed if isinstance(listed, list) else (listed,):
        if is_nhs_number(one, system) and (number := number_of(one["value"])):
            yield number


@lru_cache(maxsize=1 << 14)
def _of_text(text: str) -> frozenset[str]:
    """What may be a number in it. Many resources are in one file, and refer to the same."""
    if len(text) < _LENGTH:
        return frozenset()
    return frozenset(re.sub(r"[^0-9]", "", found) for found in _TEN.findall(unquote_plus(text)))


def _masked(text: str) -> str:
    return _TEN.sub("…", text)


NUMBERS_ELSEWHERE = NumbersElsewhere()
