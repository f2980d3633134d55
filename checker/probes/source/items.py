"""Everything that an artefact consists of, one file after the other, also inside of zips: records or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from checker.model.supplier import Limits
from checker.probes.source.archive import Member, members, open_archive
from checker.probes.source.blocks import GZIP_MAGIC, ZIP_MAGICS, Cut, Meter, gunzip, head_of, why_not_read
from checker.probes.source.names import HIDDEN, written
from checker.probes.source.part import Listed
from checker.probes.source.survey import survey


@dataclass(frozen=True)
class Item:
    """A file, or a member of a zip (``a.zip!/member``). ``blocks`` gives its bytes as they are; raises ``Cut``.

    ``problem``: why it cannot be opened at all, or "".
    """

    name: str
    size_bytes: int
    blocks: Callable[[], Iterator[bytes]]
    problem: str = ""
    is_zip: bool = False

    def text(self, limits: Limits) -> Iterator[bytes]:
        """Its bytes out of gzip, if it is that, under a cap. Raises ``Cut``."""
        meter = Meter(self.size_bytes, limits)
        head = head_of(self.blocks(), 2)
        return meter.capped(gunzip(self.blocks()) if head.startswith(GZIP_MAGIC) else self.blocks())


def items(artefact: str, path: Path | str, limits: Limits, opened: ExitStack) -> Iterator[Item]:
    """All of them, hidden ones left out, in the order of their names. Names begin with the artefact's id.

    Archives stay open until ``opened`` is closed.
    """
    found = survey(artefact, path, f"{artefact}/", every=True)
    for listed in found.files:
        yield from _of_file(listed, limits, opened)


def _of_file(listed: Listed, limits: Limits, opened: ExitStack) -> Iterator[Item]:
    head = head_of(listed.blocks(), 4)
    if not head.startswith(ZIP_MAGICS) or not listed.name.lower().endswith(".zip"):
        yield Item(listed.name, listed.size_bytes, listed.blocks)
        return
    try:
        archive = opened.enter_context(open_archive(opened.enter_context(listed.open())))
    except (Cut, OSError) as error:
        why = error.reason if isinstance(error, Cut) else why_not_read(error)
        yield Item(listed.name, listed.size_bytes, listed.blocks, problem=why)
        return
    yield Item(listed.name, listed.size_bytes, listed.blocks, is_zip=True)
    meter = Meter(listed.size_bytes, limits)
    for member in members(archive):
        if member.why_skipped() != HIDDEN:
            yield _of_member(listed, member, meter)


def _of_member(listed: Listed, member: Member, meter: Meter) -> Item:
    def blocks() -> Iterator[bytes]:
        return Meter(listed.size_bytes, Limits(), meter.left).capped(member.stored())

    return Item(f"{listed.name}!/{written(member.name)}", member.size_bytes, blocks, problem=member.why_unreadable())
