"""Is what an evidence pack cites in it?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.pack.given import SECTIONS, WHOLE, of_section, root, shortened
from checker.model.evidence import Artefact
from checker.model.pack import SECTION
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


@check(
    "pack.cites-what-it-holds",
    needs=lambda p, settings: [WHOLE, *(of_section(name) for name in SECTIONS)],
    source="docs/policy.md#a-pack-cites-what-it-holds",
)
def cites_what_it_holds(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each id that a section cites as ``evidence`` is that of an artefact in the root.

    What a part cites that does not fit its schema is not known: then the row stays open. How strong the evidence of a
    row is, is computed from what it rests on and never read from the pack.

    Good: ``evidence: [outage-log]`` with an artefact ``outage-log``. Bad: ``evidence: [outage-logs]``.
    """
    found = root(ev, "artefacts")
    if isinstance(found, Undecided):
        yield found
        return
    known = {one["id"] for one in found.facts}
    count = 0
    for name in SECTIONS:
        if not ev.supplier.artefacts_of(SECTION + name):
            continue
        view = ev.record(of_section(name))
        payload = view.payload("section")
        if not isinstance(payload, Artefact) or payload.facts.get("problem"):
            yield view.undecided(f"the section {name!r}")
            continue
        if faults := payload.facts["faults"]:
            message = f"what the section {name!r} cites is not all known, since it does not fit its schema: {faults[0]}"
            yield found.undecided(message, Reason.PREREQUISITE)
        cited = payload.facts["cited"]
        count += len(cited)
        evidence = tuple(item.id for item in view.evidence("section"))
        for one in cited:
            if one["id"] in known:
                what = "ids that are cited as evidence"
                yield Examined(what=what, evidence=evidence)
            else:
                message = "A section cites an artefact that the root does not have."
                place = f"section {name} {one['place']}"
                yield found._replace(evidence=evidence).finding(
                    message, "the id of an artefact", shortened(one["id"]), place
                )
    if not count:
        yield found.undecided("no section of the pack cites an artefact as evidence")
