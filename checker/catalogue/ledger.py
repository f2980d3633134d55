"""The ledger of our requirement ids: each stands for one requirement, for ever."""

from __future__ import annotations

import msgspec

from checker.catalogue.document import Document, step
from checker.errors import ProfileFault
from checker.model.value import Value


class LedgerEntry(Value, frozen=True, kw_only=True):
    """Where an id belongs. ``since`` and ``withdrawn`` are versions of the profile."""

    profile: str
    since: str
    withdrawn: str = ""
    """First version without it; "" while it is in force. The id is never used again."""


def read_ledger(document: Document) -> dict[str, LedgerEntry]:
    """Id → entry. Raises ``ProfileFault``."""
    ids = document.data.get("ids")
    if set(document.data) != {"ids"} or not isinstance(ids, dict):
        raise ProfileFault("not a ledger", where=document.where(""), next_step="Its one key is 'ids', a mapping.")
    ledger: dict[str, LedgerEntry] = {}
    for name, given in ids.items():
        try:
            ledger[name] = msgspec.convert(given, type=LedgerEntry)
        except msgspec.ValidationError as error:
            where = document.where(step("/ids", name))
            next_step = "An entry has profile, since and, once it is gone, withdrawn."
            raise ProfileFault(f"{name}: {error}", where=where, next_step=next_step) from None
    return ledger
