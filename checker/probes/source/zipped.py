"""Zip archives by runs of their members."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from checker.model.supplier import Limits
from checker.probes.source.archive import Member, lists_all, members, open_archive
from checker.probes.source.blocks import ZIP_MAGICS, Cut, Meter, why_not_read
from checker.probes.source.chunk import Piece
from checker.probes.source.names import HARMLESS, written
from checker.probes.source.part import Account, Listed, Part, unreadable
from checker.probes.source.whole import split


class Zipped:
    """Archives. What may come out of one is capped as a whole, however it is divided."""

    id = "zip"

    def divide(self, listed: Listed, head: bytes, stride: int, limits: Limits) -> Iterator[Part] | None:
        """Members in the order of their names, about ``stride`` bytes of text together.

        An archive that holds gzip is one part: nobody can tell how much comes out of that before it is read.
        """
        if head.startswith(ZIP_MAGICS) or listed.name.lower().endswith(".zip"):
            return self._runs(listed, stride, limits)
        return None

    def _runs(self, listed: Listed, stride: int, limits: Limits) -> Iterator[Part]:
        try:
            with listed.open() as handle, open_archive(handle) as archive:
                sizes = _told_sizes(archive, listed)
        except (Cut, OSError):
            sizes = None  # reading it says so
        if sizes is None:
            yield Part(listed=listed, kind=self.id, weight_bytes=listed.size_bytes)
            return
        allowance = Meter(listed.size_bytes, limits).left
        first = weight = 0
        begins_with = allowance
        for number, size in enumerate(sizes):
            if weight and weight + size > stride:
                yield self._part(listed, first, number - first, begins_with, weight)
                first, weight, begins_with = number, 0, allowance
            weight += size
            allowance = max(0, allowance - size)
        yield self._part(listed, first, -1, begins_with, weight)

    def _part(self, listed: Listed, first: int, count: int, allowance: int, weight: int) -> Part:
        return Part(
            listed=listed, kind=self.id, offset=first, length=count, allowance=allowance, weight_bytes=max(1, weight)
        )

    def read(self, part: Part, limits: Limits, account: Account) -> Iterator[Piece]:
        """The pieces of the texts of its members."""
        listed = part.listed
        with ExitStack() as opened:
            try:
                handle = opened.enter_context(listed.open())
                archive = opened.enter_context(open_archive(handle))
            except Cut as cut:
                yield unreadable(listed.name, cut.reason)
                return
            except OSError as error:
                account.broken.add(listed.name)
                yield unreadable(listed.name, why_not_read(error))
                return
            if part.offset == 0 and not lists_all(archive, handle):
                yield unreadable(listed.name, "the zip archive's directory does not list all members")
            end = None if part.length < 0 else part.offset + part.length
            meter = Meter(listed.size_bytes, limits)
            left = part.allowance
            for member in itertools.islice(members(archive), part.offset, end):
                if left >= 0:
                    meter = Meter(listed.size_bytes, limits, left)
                    left = max(0, left - _told_size(member, listed))
                told = f"{listed.name}!/{written(member.name)}"
                if reason := _why_skipped(member, listed):
                    account.skip(told, reason, harmless=reason in HARMLESS)
                elif reason := member.why_unreadable():
                    yield unreadable(told, reason)
                else:
                    yield from _member(member, told, meter, listed, limits, account)


def _member(
    member: Member, told: str, meter: Meter, listed: Listed, limits: Limits, account: Account
) -> Iterator[Piece]:
    def again() -> Iterator[bytes]:
        return Meter(listed.size_bytes, limits).capped(member.blocks())

    try:
        blocks = _counted(meter.capped(member.blocks()), account.passed)
        yield from split(told, blocks, again, limits, account, listed.tables)
    except Cut as cut:
        yield unreadable(told, cut.reason)


def _counted(blocks: Iterable[bytes], passed: Callable[[int], None]) -> Iterator[bytes]:
    for block in blocks:
        passed(len(block))
        yield block


def _told_sizes(archive: zipfile.ZipFile, listed: Listed) -> list[int] | None:
    """How much text each member has by the archive's own word (no more comes out), or None where one is gzip."""
    sizes = []
    for member in members(archive):
        if _is_read(member, listed) and member.is_gzip():
            return None
        sizes.append(_told_size(member, listed))
    return sizes


def _told_size(member: Member, listed: Listed) -> int:
    return member.size_bytes if _is_read(member, listed) else 0


def _is_read(member: Member, listed: Listed) -> bool:
    return not (_why_skipped(member, listed) or member.why_unreadable())


def _why_skipped(member: Member, listed: Listed) -> str:
    return member.why_skipped(listed.tables, attachments=listed.attachments)
