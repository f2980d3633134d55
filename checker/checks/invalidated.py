"""Records that were made invalid are not given any more."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer, cut_off, gives_data, not_the_supplier
from checker.checks.somebody import nobody_shown, search_for
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_READS = Need(probe="invalidated.reads", params=NoParams())
_GONE = frozenset({404, 410})


@check(
    "invalidated.not-found",
    needs=lambda p, settings: [_READS, search_for()],
    source="https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir",
)
def not_found(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An invalidated record is answered with 404 (or 410) and an OperationOutcome, and with no data.

    Which records those are, the supplier file says (``[records] invalidated``): ids of synthetic patients. Without
    one nothing is decided. The control is a patient that some answer gave: a server that finds nobody shows nothing.

    Good: ``GET Patient/x`` answers 404 with an OperationOutcome. Bad: 200 with the patient as they were.
    """
    view = ev.record(_READS)
    for index, _ in enumerate(ev.supplier.records.invalidated):
        role = f"read {index}"
        what = "the read of an invalidated patient"
        exchange = answer(view, role, what)
        if isinstance(exchange, Undecided):
            if view.exchange(role) is None:
                continue
            yield exchange
            continue
        doubt = not_the_supplier(exchange, what) or cut_off(exchange, what)
        if doubt is not None:
            yield doubt
        elif gives_data(exchange):
            yield Finding(
                message="The record of an invalidated patient is given.",
                expected="404 with an OperationOutcome",
                actual=f"{exchange.status} with data",
                place=f"{exchange.request.url}#",
                evidence=(exchange.id,),
            )
        elif exchange.status in _GONE and exchange.json().resource_type == "OperationOutcome":
            said = f"An invalidated patient is answered with {exchange.status}."
            if nobody := nobody_shown(ev):
                yield Undecided(reason=Reason.PREREQUISITE, message=nobody, evidence=(exchange.id,))
            else:
                yield Examined(what=said, evidence=(exchange.id,), interaction="read")
        else:
            yield Finding(
                message=f"The read of an invalidated patient was answered with {exchange.status}.",
                expected="404 with an OperationOutcome",
                actual=f"{exchange.status}, {exchange.json().resource_type or 'no resource'}",
                place=f"{exchange.request.url}#",
                evidence=(exchange.id,),
            )
    if not ev.supplier.records.invalidated:
        message = "no invalidated patient is named: give ids under [records] invalidated in the supplier file"
        yield Undecided(reason=Reason.NO_DATA, message=message)
