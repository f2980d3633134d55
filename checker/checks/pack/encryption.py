"""Data at rest: is every store encrypted, with what, and who holds the keys?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, part
from checker.checks.pack.promises import OF_SERVICE, SERVICE
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_GOOD = re.compile(
    r"(aes|camellia|aria)(128|192|256)?(gcm|xts|ccm|cbc|ctr|siv|gcmsiv|eax|kw)?(128|192|256)?|x?chacha20(poly1305)?"
)
_BROKEN = re.compile(
    r"des|3des|tdes|tripledes|rc[245]|blowfish|aes\d*ecb\d*|ecb|xor|none|base64|md5|sha\d*|proprietary"
)
_SEPARATORS = re.compile(r"[\s_/\-.,()+]+")


def _stores(ev: EvidenceView) -> Given | Undecided:
    found = part(ev, SERVICE, "data-stores")
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("the section 'service' lists no data store")
    return found


@check(
    "service.data-at-rest-is-encrypted",
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#records-at-rest-are-encrypted",
)
def data_at_rest_is_encrypted(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every data store, backups among them, is encrypted with an algorithm that is named and is not broken.

    Good: AES-256-GCM, AES-256, XTS-AES-128, ChaCha20-Poly1305. Bad: no encryption; Triple DES; RC4; AES in ECB mode. A
    name that this tool does not know is for a person.
    """
    found = _stores(ev)
    if isinstance(found, Undecided):
        yield found
        return
    for one in found.facts:
        place, name = f"service data-stores {one['id']}", plain(one.get("algorithm", ""))
        message, expected = "A data store is not encrypted as it should be.", "encryption with an algorithm of today"
        if one.get("encrypted") != "yes":
            yield found.finding(message, expected, "it is not encrypted, or does not say so", place)
        elif not name or _BROKEN.fullmatch(name):
            yield found.finding(message, expected, one.get("algorithm", "no algorithm")[:80], place)
        elif _GOOD.fullmatch(name):
            yield Examined(what=f"the encryption of {one['id']}", evidence=found.evidence)
        else:
            yield found.undecided(f"{place}: its algorithm is not one that this tool knows")


def plain(name: str) -> str:
    """The name of an algorithm, without what people write differently.

    >>> plain("AES-256 (GCM)"), plain("XTS-AES-128"), plain("AES 256-bit"), plain("AES/CBC")
    ('aes256gcm', 'aesxts128', 'aes256', 'aescbc')
    """
    text = _SEPARATORS.sub("", name.casefold()).removesuffix("encryption").replace("bit", "")
    return re.sub(r"^(xts|gcm|cbc)(aes)", r"\2\1", text)


class Keys(Params, frozen=True, kw_only=True):
    """How long a key is used at most."""

    most_days: int = 366


@check(
    "service.keys-have-a-holder",
    params=Keys,
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#keys-have-a-holder",
)
def keys_have_a_holder(ev: EvidenceView, p: Keys) -> Iterator[Statement]:
    """Of every data store it is said who holds the keys, where they are, how often they change, and that they did.

    Rotation at least yearly; the last one no longer ago than that by the day of judgement.

    Good: ``key-holder: customer``, ``key-store: HSM``, ``rotation-days: "365"``, ``rotated: "2026-05-01"``. Bad: no
    holder; keys of five years ago.
    """
    found = _stores(ev)
    if isinstance(found, Undecided):
        yield found
        return
    for one in found.facts:
        place = f"service data-stores {one['id']}"
        wrong = [f"no {key}" for key in ("key-holder", "key-store", "rotation-days", "rotated") if not one.get(key)]
        rotated, every = day(one.get("rotated", "")), int(one.get("rotation-days", "0"))
        if every > p.most_days:
            wrong.append(f"a rotation every {every} days")
        elif rotated is not None and (rotated > found.on or found.on - rotated > timedelta(days=every)):
            wrong.append(f"a last rotation on {rotated}, for one every {every} days")
        for fault in wrong:
            message = "Who holds the keys of a data store, or how they change, is not in order."
            expected = f"a holder, a place, a rotation within {p.most_days} days that was made"
            yield found.finding(message, expected, fault, place)
        if not wrong:
            yield Examined(what=f"the keys of {one['id']}", evidence=found.evidence)
