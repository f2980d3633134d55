"""Are the certificates of an evidence pack the bidder's own, and do they cover the product?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import Given, same_name
from checker.checks.pack.given import WHOLE, root, shortened
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_WORDS = {
    "issuer": "who issued it",
    "number": "its number",
    "holder": "the company that it was issued to",
    "scope": "what it covers",
}
_WHOLE = re.compile(
    r"\b(?:whole|entire|all of the|all|full)\s+(?:of\s+)?(?:the\s+)?(?:company|organisation|organization|business|"
    r"group|enterprise|firm)\b|\b(?:company|organisation|organization|group|enterprise)[ -]wide\b",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|excludes?|excluded|without|other than|apart from|but not|not including|"
    r"not covering|(?:does|do) not (?:cover|include|extend to|apply to)|with the exception of)\b",
    re.IGNORECASE,
)
_IS_OUT = re.compile(
    r"[\W_]*(?:(?:is|are|being|itself)[\W_]+)*(?:excluded|exempt|out of scope|outside (?:the |of )?scope"
    r"|not (?:covered|included|in scope|within (?:the )?scope))\b",
    re.IGNORECASE,
)
"""Behind the name of a product: that it is left out."""
_NUMBERED = r"[\s,(]{0,3}(?:\b(?:registered|company|registration|no\.?|number|nr\.?)[\s:]{0,3}){0,4}"
"""What may stand between the name of a company and its number."""
_TRADING = re.compile(r"\b(?:trading as|t/a)\b", re.IGNORECASE)


class Certificates(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``kinds``: the kinds of artefacts that are certificates, beside all that name a scheme."""

    kinds: tuple[str, ...] = (
        *("cyber-essentials", "cyber-essentials-plus", "iso-27001", "dspt", "ico-registration", "penetration-test"),
        *("device-certificate", "declaration-of-conformity", "insurance-certificate", "certificate"),
    )


@check(
    "pack.certificates-are-the-bidders",
    params=Certificates,
    needs=lambda p, settings: [WHOLE],
    source="docs/policy.md#certificates-are-the-bidders-and-cover-the-product",
)
def certificates_are_the_bidders(ev: EvidenceView, p: Certificates) -> Iterator[Statement]:
    """Each certificate names issuer, number, holder and scope; the holder bids, and the scope covers what is offered.

    The holder is the ``legal-entity`` of the root or a company that it lists in ``group``, but for case, punctuation
    and short forms. The scope names the product, or the whole company. One that leaves the product out is a finding;
    what else is left out of a whole company a person has to look at.

    Good: holder ``HARROW AND VALE SYSTEMS LIMITED``, scope "whole organisation". Bad: holder ``Vale Holdings Ltd``,
    which the group does not have; scope "head office only".
    """
    found, supplier, product = root(ev, "artefacts"), root(ev, "supplier"), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(supplier, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, supplier, product) if isinstance(one, Undecided))
        return
    given = [one for one in found.facts if one.get("scheme") or one["kind"] in p.kinds]
    names = [supplier.facts["legal-entity"], *supplier.facts.get("group", [])]
    for one in given:
        said = [
            *_missing(found, one),
            *_holder(found, one, names, supplier.facts.get("company-number", "")),
            *_scope(found, one, product.facts["name"], [*names, supplier.facts["name"]]),
        ]
        yield from said
        if not said:
            yield Examined(what="certificates with holder and scope", evidence=found.evidence)
    if not given:
        yield found.undecided("the pack names no certificate")


def _missing(found: Given, one: Mapping[str, Any]) -> Iterator[Statement]:
    for key, words in _WORDS.items():
        if not one.get(key, "").strip():
            message = f"A certificate does not tell {words}."
            yield found.finding(message, key, "nothing", f"pack.yaml artefact {one['id']}")


def _holder(found: Given, one: Mapping[str, Any], names: list[str], number: str) -> Iterator[Statement]:
    holder = one.get("holder", "")
    if number.strip():
        holder = re.sub(rf"{_NUMBERED}{re.escape(number.strip())}\s*\)?", "", holder, flags=re.IGNORECASE)
    parts = _TRADING.split(holder)
    if holder.strip() and not any(same_name(part, name) for part in parts for name in names):
        message = "A certificate was issued to a company that does not bid, and is not of its declared group."
        expected = " or ".join(shortened(name) for name in names[:4])
        yield found.finding(message, expected, shortened(holder), f"pack.yaml artefact {one['id']}")


def _scope(found: Given, one: Mapping[str, Any], product: str, names: list[str]) -> Iterator[Statement]:
    scope = one.get("scope", "")
    if not scope.strip():
        return
    place = f"pack.yaml artefact {one['id']}"
    expected = f"{shortened(product)} by name, or the whole company"
    covered, *left_out = _BUT.split(scope)
    if any(names_product(part, product) for part in left_out) or _is_left_out(scope, product):
        yield found.finding("The scope of a certificate leaves the product out.", expected, shortened(scope), place)
    elif names_product(covered, product):
        return
    elif not (_WHOLE.search(covered) or any(same_name(covered, name) for name in names)):
        message = "The scope of a certificate names neither the product nor the whole company."
        yield found.finding(message, expected, shortened(scope), place)
    elif left_out:
        message = f"{shortened(one['id'])}: whether what its scope leaves out touches the product, a person has to tell"
        yield found.undecided(message, Reason.HUMAN)


def _is_left_out(scope: str, product: str) -> bool:
    """Does a scope say behind the name of the product that it is not covered?"""
    return any(_IS_OUT.match(scope, end) for end in _named(scope, product))


def names_product(text: str, name: str) -> bool:
    """Does a text name the product, its blanks and case aside?"""
    return bool(_named(text, name))


def _named(text: str, name: str) -> list[int]:
    """Where in a text the name of a product ends."""
    pattern = r"[\W_]*".join(re.escape(word) for word in re.findall(r"\w+", name))
    found = re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) if pattern else ()
    return [one.end() for one in found]
