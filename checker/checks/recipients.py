"""What a recipient is sent, against what was declared for that recipient."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.data_flows import covers
from checker.checks.masking import without_numbers
from checker.checks.observed_paths import OBSERVED_PATHS, Paths
from checker.checks.register import REGISTER, declared
from checker.model.need import ScanNeed
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_PATHS = ScanNeed(scan=OBSERVED_PATHS.id, params=NoParams(), over="release")
_MOST_EXAMPLES = 10


@condition("release.names-its-recipient", needs=lambda p, settings: (), claim=True)
def names_its_recipient(ev: EvidenceView, p: NoParams) -> bool | None:
    """A release was submitted, and its declaration says who receives it."""
    return bool(ev.supplier.artefacts_of("release") and ev.supplier.release and ev.supplier.release.recipient)


@check(
    "flows.recipient-gets-what-is-declared",
    needs=lambda p, settings: [REGISTER, _PATHS],
    source="https://www.legislation.gov.uk/eur/2016/679/article/5",
)
def recipient_gets_what_is_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every element of a release belongs to a flow that is declared for its recipient.

    The recipient is that of the release declaration; its flows are those of the register (``dataflows``) with the same
    recipient, spaces and case aside. A flow for somebody else does not count. ``Patient.name`` covers all below it,
    ``*`` stands for one name.

    Good: Observation and Patient.gender, and both are in the university's flow. Bad: Patient.address, which is in the
    flow to the practice alone.
    """
    flows = declared(ev, "dataflows")
    if isinstance(flows, Undecided):
        yield flows
        return
    view = ev.scan(_PATHS)
    if not isinstance(view.state, Paths) or not view.state.resources:
        yield view.undecided("which elements the release holds")
        return
    evidence = (*flows.evidence, *view.evidence)
    recipient = _plain(ev.supplier.release.recipient) if ev.supplier.release else ""
    own = [flow for flow in flows.section if recipient and _plain(flow["recipient"]) == recipient]
    if not own:
        message = "the register declares no flow to the recipient of the release"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
        return
    allowed = sorted({path for flow in own for path in flow["paths"]})
    loose = sorted(path for path in view.state.counts if not any(covers(one, path) for one in allowed))
    yield Examined(what="elements of the release", evidence=evidence, count=len(view.state.counts))
    if loose:
        shown = tuple(f"{without_numbers(path)} (in {view.state.counts[path]} records)" for path in loose)
        yield Finding(
            message=f"{len(loose)} elements of the release were not declared for its recipient.",
            expected="each element in the paths of a flow to this recipient, or not sent",
            actual=f"{len(loose)} of {len(view.state.counts)} elements",
            place=without_numbers(loose[0]),
            evidence=evidence,
            count=len(loose),
            examples=shown[:_MOST_EXAMPLES],
        )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
