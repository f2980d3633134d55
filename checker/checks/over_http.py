"""What one request without TLS brought, where the port may be closed on purpose."""

from __future__ import annotations

from checker.checks.bodies import answer
from checker.model.asked import ClearText
from checker.model.exchange import NO_CONNECTION
from checker.model.need import Need
from checker.model.value import NoParams
from checker.model.verdict import Examined, Undecided
from checker.model.view import EvidenceView, Exchange

CLOSED_PORTS = "closed-ports"
"""In ``[known]`` of the supplier file: the ports that nothing listens on, with commas."""
_OVER_TLS = Need(probe="fhir.capabilities", params=NoParams())


def needs(p: ClearText) -> list[Need]:
    """The request without TLS, and one with it that shows that the host is reached at all."""
    return [Need(probe="platform.clear-text", params=p), _OVER_TLS]


def over_http(ev: EvidenceView, p: ClearText, what: str) -> Exchange | Examined | Undecided:
    """The exchange, if there was an answer.

    A connection that does not come about decides nothing by itself: a firewall on the way looks just the same. Where
    the supplier file says that the port is closed, no connection came about, and the host answered over TLS in the
    same run, the two agree, and nothing is served there.
    """
    record = ev.record(Need(probe="platform.clear-text", params=p))
    found = answer(record, "clear", what)
    if isinstance(found, Exchange):
        return found
    exchange = record.exchange("clear")
    cause = exchange.failure.cause if exchange is not None and exchange.failure is not None else ""
    if exchange is None or cause not in NO_CONNECTION:
        return found
    secure = [one for one in ev.record(_OVER_TLS).exchanges("metadata") if one.response is not None]
    said = {part.strip() for part in (ev.supplier.known_value(CLOSED_PORTS) or "").split(",")}
    if not secure or str(p.port) not in said:
        advice = f'If nothing is to listen there, say {CLOSED_PORTS} = "{p.port}" in [known] of the supplier file.'
        return Undecided(reason=found.reason, message=f"{found.message} {advice}", evidence=found.evidence)
    told = f"Port {p.port} is closed, as the supplier file says: {found.message} The host answers over TLS."
    return Examined(what=told, evidence=(exchange.id, secure[0].id))
