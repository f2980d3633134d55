"""Does a server look at what it is given: resources that break one rule each, and valid ones as control."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.writes import REFUSED, created, right, seen, taken, wrong
from checker.fhir import offered
from checker.model.asked import Breached
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView

_SOURCE = "http://hl7.org/fhir/R4/validation.html"


def _breach(p: Breached) -> Need:
    return Need(probe="write.breach", params=p)


@check("write.breach-is-refused", params=Breached, needs=lambda p, settings: [_breach(p)], source=_SOURCE)
def breach_is_refused(ev: EvidenceView, p: Breached) -> Iterator[Statement]:
    """A patient that breaks one rule of R4 is refused, with 400 or 422; its valid twin is accepted.

    Where the twin is refused too, nothing follows. What is accepted is removed again.

    Good: 201 for the twin, 422 for the other. Bad: 201 for both.
    """
    view, what = ev.record(_breach(p)), offered.BREACHES[p.rule].what
    twin = created(ev, view, "twin", "the valid twin")
    broken = seen(view, "broken", what)
    if isinstance(twin, Undecided):
        yield twin
    elif isinstance(broken, Undecided):
        yield broken
    elif broken.status in REFUSED:
        yield right(f"{what} is refused with {broken.status}.", broken, twin)
    elif broken.ok and taken(ev, broken):
        yield wrong(broken, f"{what} is accepted.", "400 or 422", str(broken.status))
    elif broken.status >= 500:
        yield wrong(broken, f"{what} is answered with {broken.status}.", "400 or 422", str(broken.status))
    else:
        message = f"{what}: {broken.status} does not say that it was looked at"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(broken.id,))


@check(
    "write.valid-is-accepted",
    needs=lambda p, settings: [Need(probe="write.valid", params=NoParams())],
    source=_SOURCE,
)
def valid_is_accepted(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Patients that are right though unusual are accepted: a year of birth, two names, a contained organisation.

    At least one has to be: a server that takes none may have rules of its own, and nothing follows.

    Good: 201 for each. Bad: 422 for one whose day of birth nobody knows.
    """
    view = ev.record(Need(probe="write.valid", params=NoParams()))
    found = {name: seen(view, f"valid {name}", f"a patient with {name}") for name in offered.VALID}
    if not any(not isinstance(one, Undecided) and taken(ev, one) for one in found.values()):
        yield Undecided(reason=Reason.PREREQUISITE, message="no patient at all was accepted")
        return
    for name, one in found.items():
        if isinstance(one, Undecided):
            yield one
        elif taken(ev, one):
            yield right(f"A patient with {name} is accepted.", one)
        elif one.ok:
            message = f"a patient with {name} was answered with {one.status}, and not a word of what was made"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(one.id,))
        else:
            yield wrong(one, f"A valid patient with {name} is refused.", "201", str(one.status))
