"""Steps 2 to 4: the name, the proxy and the port."""

from __future__ import annotations

from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import State, Step, not_needed, not_tried
from checker.probes.addresses import host_and_port, is_loopback, literal
from checker.probes.reach import LEDGER, NAME, PORT, PROXY, Lookup

_PORT_ADVICE = {
    "refused": "Nothing listens there, or a firewall says no: check host and port, and that the system is running.",
    "connect-timeout": "A firewall drops it, or the system is down: ask whether this machine's address is allowed in.",
    "unreachable": "There is no route from here: is a VPN or a private network (HSCN) needed?",
}


def name(o: Observed) -> Step:
    """The host's name leads to addresses, and to none that the ledger refuses."""
    if literal(o.host) is not None:
        return not_needed("name", f"{o.host} is an address: nothing to look up")
    if o.proxied:
        return not_needed("name", f"the proxy looks up {o.host}, not this machine")
    if o.reach is None:
        return not_tried("name", o.in_the_way)
    looked = o.lookup
    where = _addresses(looked) if looked else ""
    if o.reach.stage == NAME and o.reach.failure is not None:
        if o.reach.failure.cause == "host-not-allowed":
            advice = "A supplier's name does not lead there for a good reason. Ask who keeps the name; if it is meant, "
            return Step(
                name="name",
                state=State.TROUBLE,
                seen=(where, o.reach.failure.message) if where else (o.reach.failure.message,),
                next=f"{advice}give the address itself in the base URL.",
            )
        why = f"{o.host} has no address here: {looked.problem}" if looked else f"{o.host} has no address here"
        return Step(
            name="name",
            state=State.TROUBLE,
            seen=(why,),
            next="Check the spelling of the base URL, and whether the name is known only in another network (VPN, "
            f"HSCN).{o.hint_of_proxy}",
        )
    if o.reach.stage == LEDGER and o.reach.failure is not None:
        return not_tried("name", o.reach.failure.message)
    local = "this machine itself: " if is_loopback(o.host) else ""
    return Step(name="name", state=State.WORKS, seen=(f"{local}{o.host} is at {where}",))


def _addresses(looked: Lookup) -> str:
    if not looked.addresses:
        return ""
    first = ", ".join(looked.addresses[:4])
    more = len(looked.addresses) - 4
    return f"{first}{f' and {more} more' if more > 0 else ''} (found in {looked.elapsed_ms} ms)"


def proxy(o: Observed) -> Step:
    """By a proxy only if it was asked for; and then it opens the way."""
    given = o.found.network.proxy
    set_here = ", ".join(o.proxy_variables)
    if not o.proxied:
        return _without(o, given, set_here)
    place = host_and_port(given)
    where = f"{place[0]}:{place[1]}" if place else "the proxy"
    ignored = (f"{set_here} of the environment is ignored",) if set_here else ()
    if not o.raw:
        said = f"{where} is reached by https: it is only seen at work in the requests below"
        return not_tried("proxy", said, needed=False)
    if o.reach is None:
        return not_tried("proxy", o.in_the_way)
    if o.reach.stage == PROXY and o.reach.failure is not None:
        failure = o.reach.failure
        return Step(
            name="proxy",
            state=State.TROUBLE,
            seen=(f"{where}: {failure.message}", *ignored),
            next=_proxy_advice(failure.cause, failure.message, f"{o.host}:{o.port}"),
        )
    if o.reach.failure is not None:
        return not_tried("proxy", o.reach.failure.message)
    opened = f"{where} opens a way to {o.host}:{o.port} (CONNECT)" if o.https else f"{where} takes connections"
    return Step(name="proxy", state=State.WORKS, seen=(f"{opened} in {o.reach.elapsed_ms} ms", *ignored))


def _without(o: Observed, given: str, set_here: str) -> Step:
    if is_loopback(o.host):
        said = "this machine itself is never asked through a proxy"
        ignored = "--proxy" if given else set_here
        return not_needed("proxy", f"{said}; {ignored} is ignored" if ignored else said)
    if set_here:
        return not_needed(
            "proxy",
            f"{set_here} is set in the environment; the checker ignores it on purpose and connects directly",
            next="If this network lets nothing out but through the proxy, give it with --proxy.",
        )
    return not_needed("proxy", "none was given with --proxy, and none is named in the environment")


def _proxy_advice(cause: str, message: str, target: str) -> str:
    if cause != "proxy":
        return f"The proxy itself cannot be reached: check --proxy. {_PORT_ADVICE.get(cause, '')}".strip()
    if "has no address" in message:
        return "Check the spelling of the proxy's name in --proxy, and whether it is known only in another network."
    if "(status 407)" in message:
        return (
            "The proxy wants to know who asks: put http://user:password@host:port into CHECKER_DOCTOR_PROXY "
            "(CHECKER_RUN_PROXY for a run), where no build log shows it."
        )
    if "(status 403)" in message or "(status 405)" in message:
        return f"The proxy forbids it: ask its owners to allow CONNECT to {target}."
    if "(status 5" in message:
        return f"The proxy cannot reach {target} either: check the base URL, and whether the system is running."
    return "Check --proxy: it must be the http:// address of a proxy that takes CONNECT."


def port(o: Observed) -> Step:
    """A TCP connection opens."""
    where = f"{o.host}:{o.port}"
    if o.proxied:
        if not o.raw or (o.reach is not None and o.reach.failure is None):
            return not_needed("port", f"the proxy connects to {where}, not this machine")
        return not_tried("port", o.in_the_way)
    if o.reach is None or o.reach.stage in (NAME, LEDGER):
        return not_tried("port", o.in_the_way)
    if o.reach.stage == PORT and o.reach.failure is not None:
        failure = o.reach.failure
        return Step(
            name="port",
            state=State.TROUBLE,
            seen=(f"{where}: {failure.message} (after {o.reach.elapsed_ms} ms)",),
            next=_PORT_ADVICE.get(failure.cause, "Check host and port.") + o.hint_of_proxy,
        )
    return Step(name="port", state=State.WORKS, seen=(f"{o.reach.address}:{o.port} opens in {o.reach.elapsed_ms} ms",))
