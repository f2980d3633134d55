"""Who answers for an evidence pack, and for which?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.pack.given import WHOLE, root, whole
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


@check("pack.is-signed", needs=lambda p, settings: [WHOLE], source="docs/policy.md#somebody-answers-for-a-pack")
def is_signed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A named person with a role signed the pack as it is, after the youngest of its artefacts was issued.

    The digest is over all that the root says but digests, and over the bytes of every file that it names. It shows
    what was signed, and not who signed: for that there are attestations.

    Good: ``signed: {name: …, role: Director, date: 2026-11-21, digest: "sha256:…"}`` with the digest of ``checker pack
    hash``. Bad: a digest of before the last edit; a date before that of an artefact; a pack that nobody signed.
    """
    found, signed = whole(ev), root(ev, "signed")
    if isinstance(found, Undecided):
        yield found
        return
    if isinstance(signed, Undecided):
        if signed.reason is Reason.NO_DATA:
            message = "Nobody is named who answers for the pack."
            yield found.finding(message, "name, role, date and digest", "nothing", "pack.yaml /signed")
        else:
            yield signed
        return
    place, wrong = "pack.yaml /signed", False
    if signed.facts["digest"] != found.facts["digest"]:
        wrong = True
        message = "The pack is not the one that was signed: something in it was changed since."
        actual = f"{found.facts['digest'][:19]}…"
        yield signed.finding(message, f"{signed.facts['digest'][:19]}…", actual, f"{place}/digest")
    on = day(signed.facts["date"])
    artefacts = root(ev, "artefacts")
    issued = [] if isinstance(artefacts, Undecided) else [day(one.get("issued")) for one in artefacts.facts]
    youngest = max((one for one in issued if one is not None), default=None)
    if on is not None and on > signed.on:
        wrong = True
        message = "It was signed on a day that is still to come."
        yield signed.finding(message, f"not after {signed.on}", f"{on}", f"{place}/date")
    elif on is not None and youngest is not None and on < youngest:
        wrong = True
        message = "It was signed before the youngest of its artefacts was issued."
        yield signed.finding(message, f"not before {youngest}", f"{on}", f"{place}/date")
    if not wrong:
        yield Examined(what="the digest that was signed, and the day of signing", evidence=signed.evidence)
