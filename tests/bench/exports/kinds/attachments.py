"""Attachments that are not what the record says, or not there."""

from __future__ import annotations

from typing import Any

from tests.bench.exports.events import attachment
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault

_AT = "/content/0/attachment"


def _letter(home: Household) -> dict[str, Any]:
    letter = home.letter("All is well.\n")
    home.mark(letter, _AT)
    found: dict[str, Any] = letter["content"][0]["attachment"]
    return found


@fault("wrong-attachment-hash", "DH-EXIT-05", "UKCORE-GEN-002", exports=BOTH)
def wrong_hash(home: Household) -> None:
    """The hash of an attachment is that of another letter."""
    _letter(home)["hash"] = attachment("Another letter.\n")[2]


@fault("wrong-attachment-size", "DH-EXIT-05", "UKCORE-GEN-002", exports=BOTH)
def wrong_size(home: Household) -> None:
    """An attachment is longer than it is said to be."""
    _letter(home)["size"] = 7


@fault("attachment-elsewhere", "DH-EXIT-05", exports=BOTH)
def elsewhere(home: Household) -> None:
    """An attachment is a URL of the system that is being left."""
    held = _letter(home)
    del held["data"]
    held["url"] = f"https://supplier.example/letters/{home.person.id}"


@fault("attachment-without-file", "DH-EXIT-05", exports=BOTH)
def without_file(home: Household) -> None:
    """An attachment is a file that the export does not have."""
    held = _letter(home)
    del held["data"]
    held["url"] = f"attachments/{home.person.id}.txt"
