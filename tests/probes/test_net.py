"""The ledger: hosts, addresses, rate, budget, stop rule, circuit."""

from __future__ import annotations

import asyncio
import socket

import pytest

from checker.errors import UsageFault
from checker.model.ask import Capture, HandshakeAsk, HelloAsk
from checker.model.evidence import Handshake, RawExchange
from checker.model.exchange import Failure
from checker.model.supplier import ArtefactRef, Authority, Limits, Supplier
from checker.model.terms import Reason
from checker.probes.addresses import (
    ANY_PORT,
    allowed_places,
    forbidden,
    host_and_port,
    is_loopback,
    named_host,
    origin,
    plain_host,
)
from checker.probes.net import Net
from tests.probes.support import TurnedClock, Web, as_limits, exchange, failure, get, listening, live, only, reply


def ledger(limits: Limits | None = None, clock: TurnedClock | None = None, **answers: tuple[str, ...]) -> Net:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        found = answers.get(host.removesuffix(".test"))
        if found is None:
            raise socket.gaierror("no such name")
        return found

    hosts = [f"{name}.test" for name in answers] + ["gone.test", "127.0.0.1", "169.254.169.254"]
    return Net(
        allowed=[(host, ANY_PORT) for host in hosts],
        limits=limits or Limits(),
        clock=clock or TurnedClock(),
        resolve=resolve,
    )


def admit(net: Net, host: str, *, same_slot: bool = False) -> Failure | None:
    return asyncio.run(net.admit(host, 443, same_slot=same_slot))


def cause(found: Failure | None) -> str:
    return found.cause if found else ""


def test_the_limiter_spaces_what_is_sent() -> None:
    clock = TurnedClock()
    net = ledger(Limits(requests_per_s=2.0), clock, a=("192.0.2.1",))
    times = []
    for _ in range(4):
        assert admit(net, "a.test") is None
        times.append(clock.seconds)
    assert times == [0.0, 0.5, 1.0, 1.5]


def test_a_pair_shares_a_slot_and_the_average_rate_holds() -> None:
    clock = TurnedClock()
    net = ledger(Limits(requests_per_s=2.0), clock, a=("192.0.2.1",))
    times = []
    for same_slot in (False, True, False):
        admit(net, "a.test", same_slot=same_slot)
        times.append(clock.seconds)
    assert times == [0.0, 0.0, 1.0]


def test_slots_are_given_out_one_by_one_also_at_once() -> None:
    clock = TurnedClock()
    net = ledger(Limits(requests_per_s=2.0), clock, a=("192.0.2.1",))

    async def run() -> None:
        await asyncio.gather(*(net.admit("a.test", 443) for _ in range(3)))

    asyncio.run(run())
    assert (clock.seconds, len(clock.sleeps)) == (1.0, 2)


def test_waiting_holds_back_what_comes_after() -> None:
    clock = TurnedClock()
    net = ledger(Limits(requests_per_s=2.0), clock, a=("192.0.2.1",))
    asyncio.run(net.wait(7.0))
    admit(net, "a.test")
    assert clock.seconds == 7.0


def test_the_budget_is_a_hard_end() -> None:
    net = ledger(Limits(max_requests=2), a=("192.0.2.1",))
    assert [cause(admit(net, "a.test")) for _ in range(3)] == ["", "", "budget"]
    assert net.sent == 2


def test_a_rate_of_nothing_is_a_fault() -> None:
    with pytest.raises(UsageFault, match="requests_per_s"):
        ledger(Limits(requests_per_s=0))


def test_a_host_that_nobody_named_is_refused() -> None:
    net = ledger(a=("192.0.2.1",))
    found = admit(net, "evil.test")
    assert found is not None
    assert (found.cause, found.reason, net.sent) == ("host-not-allowed", Reason.UNSAFE, 0)


def test_a_name_stays_where_it_was_first_found() -> None:
    moves = {"a.test": [("192.0.2.1", "192.0.2.2"), ("192.0.2.9",)]}

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return moves[host].pop(0)

    net = Net(allowed=[("a.test", 443)], limits=Limits(), clock=TurnedClock(), resolve=resolve)
    admit(net, "a.test")
    net.settle("a.test", "192.0.2.2")
    admit(net, "A.TEST.")
    assert net.addresses("a.test") == ("192.0.2.2",)
    assert net.addresses("b.test") == ()


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",
        "::",
        "::ffff:169.254.1.1",
        "fd00:ec2::254",
        "100.100.100.200",
        "2002:a9fe:a9fe::",
        "64:ff9b::a9fe:a9fe",
        "::169.254.169.254",
    ],
)
def test_a_name_that_leads_to_a_place_it_should_not_is_refused(address: str) -> None:
    net = ledger(a=("192.0.2.1", address))
    assert forbidden(address)
    assert cause(admit(net, "a.test")) == "host-not-allowed"
    assert net.addresses("a.test") == ()


def test_an_address_named_on_purpose_is_not_refused() -> None:
    assert admit(ledger(), "169.254.169.254") is None
    assert not forbidden("::ffff:10.0.0.1")
    assert not forbidden("::1")


def test_three_failures_to_connect_open_the_circuit_for_that_host_and_port() -> None:
    net = ledger(a=("192.0.2.1",))
    found = [admit(net, "gone.test") for _ in range(4)]
    assert [cause(one) for one in found] == ["dns", "dns", "dns", "given-up"]
    assert found[3] is not None
    assert found[3].message.startswith("Not tried: 3 connections in a row to gone.test:443 failed.")
    assert net.sent == 3
    assert admit(net, "a.test") is None


def test_a_success_between_closes_the_circuit_again() -> None:
    net = ledger(a=("192.0.2.1",))
    refused = Failure(reason=Reason.NETWORK, cause="refused", message="Refused.")
    other = Failure(reason=Reason.TIMEOUT, cause="deadline", message="Late.")
    for step in (refused, refused, other, refused, refused):
        net.failed("a.test", 443, step)
    assert admit(net, "a.test") is None
    net.connected("a.test", 443)
    net.failed("a.test", 443, refused)
    assert admit(net, "a.test") is None


def test_ten_server_errors_of_twenty_stop_the_run_for_good() -> None:
    net = ledger(a=("192.0.2.1",))
    for status in [500, 200] * 9 + [503]:
        net.answered(status)
    found = admit(net, "a.test")
    assert found is not None
    assert (found.cause, found.reason) == ("stopped", Reason.UNSAFE)
    for _ in range(30):
        net.answered(200)
    assert cause(admit(net, "a.test")) == "stopped"


def test_nine_server_errors_do_not_stop_it() -> None:
    net = ledger(a=("192.0.2.1",))
    for status in [500] * 9 + [200] * 20 + [500] * 9:
        net.answered(status)
    assert admit(net, "a.test") is None


def test_a_failing_server_is_left_alone_by_http_and_by_raw_probes() -> None:
    async def run() -> tuple[list[Capture], Web, Capture, Capture]:
        web = Web({"/": reply(b"", status="500 Oops")})
        async with listening(web) as port, live(f"http://127.0.0.1:{port}") as outside:
            captures = [await outside.capture(get(f"http://127.0.0.1:{port}/", attempt=n)) for n in range(12)]
            hello = await outside.capture(HelloAsk(host="127.0.0.1", port=port, names=("tls1.2",)))
            shake = await outside.capture(HandshakeAsk(host="127.0.0.1", port=port, offers=(("TLSv1.3",),)))
            return captures, web, hello, shake

    captures, web, hello, shake = asyncio.run(run())
    assert len(web.seen) == 10
    assert [failure(one).cause for one in captures[10:]] == ["stopped", "stopped"]
    assert isinstance(hello.payload, RawExchange)
    assert [one.answer for one in hello.payload.attempts] == ["stopped"]
    assert isinstance(shake.payload, Handshake)
    assert only(shake.payload.attempts).problem == "stopped"


def test_hosts_outside_are_not_contacted_by_any_kind_of_ask() -> None:
    async def run() -> tuple[Capture, Capture, Capture, int]:
        async with live("http://127.0.0.1:1") as outside:
            one = await outside.capture(get("http://other.test/"))
            two = await outside.capture(HelloAsk(host="other.test", port=443, names=("tls1.1",)))
            three = await outside.capture(HandshakeAsk(host="other.test", port=443, offers=(("TLSv1.2",),)))
            return one, two, three, outside.requests_sent

    one, two, three, sent = asyncio.run(run())
    assert failure(one).cause == "host-not-allowed"
    assert isinstance(two.payload, RawExchange)
    assert two.payload.attempts[0].answer == "host-not-allowed"
    assert isinstance(three.payload, Handshake)
    assert only(three.payload.attempts).problem == "host-not-allowed"
    assert sent == 0


def test_the_circuit_opens_for_a_port_where_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> tuple[list[Capture], int]:
        async with live(f"http://127.0.0.1:{port}") as outside:
            captures = [await outside.capture(get(f"http://127.0.0.1:{port}/", attempt=n)) for n in range(5)]
            return captures, outside.requests_sent

    captures, sent = asyncio.run(run())
    assert [failure(one).cause for one in captures] == ["refused"] * 3 + ["given-up"] * 2
    assert "Not tried" in failure(captures[4]).message
    assert sent == 3


def test_the_second_address_is_used_when_the_first_does_not_answer_and_kept() -> None:
    async def run() -> tuple[Capture, tuple[str, ...]]:
        web = Web()
        async with listening(web) as port:

            async def resolve(host: str, wanted: int) -> tuple[str, ...]:
                return ("127.0.0.9", "127.0.0.1")

            async with live(f"http://supplier.test:{port}", resolve=resolve) as outside:
                capture = await outside.capture(get(f"http://supplier.test:{port}/"))
                assert web.seen[0].headers["host"] == f"supplier.test:{port}"
                return capture, outside.net.addresses("supplier.test")

    capture, kept = asyncio.run(run())
    assert exchange(capture).failure is None
    assert kept == ("127.0.0.1",)


def test_the_budget_counts_what_was_sent() -> None:
    async def run() -> tuple[list[Capture], int]:
        outside = live("http://127.0.0.1", limits=as_limits(max_requests=2))
        async with listening(Web()) as port, outside:
            captures = [await outside.capture(get(f"http://127.0.0.1:{port}/", attempt=n)) for n in range(3)]
            return captures, outside.requests_sent

    captures, sent = asyncio.run(run())
    assert (failure(captures[2]).cause, failure(captures[2]).reason, sent) == ("budget", Reason.BUDGET, 2)


def test_which_hosts_a_supplier_file_names() -> None:
    supplier = Supplier(
        name="Test",
        base_url="https://api.test/fhir",
        artefacts=(
            ArtefactRef(id="a", kind="export", location="https://files.test/x"),
            ArtefactRef(id="b", kind="export", location="x.json"),
        ),
        authority=Authority(hosts=("more.test", "[::1]:8443", "https://Web.test:8443/x")),
    )
    urls = [supplier.base_url, *(one.location for one in supplier.artefacts)]
    assert allowed_places(urls, supplier.authority.hosts) == {
        *(("api.test", port) for port in (80, 443)),
        *(("files.test", port) for port in (80, 443)),
        ("more.test", ANY_PORT),
        ("::1", 8443),
        ("web.test", 8443),
    }
    assert allowed_places(["https://api.test:8443/fhir"], []) == {("api.test", port) for port in (80, 443, 8443)}


def test_another_port_of_the_suppliers_host_is_not_contacted() -> None:
    net = Net(allowed=allowed_places(["https://127.0.0.1:8443/fhir"], []), limits=Limits(), clock=TurnedClock())
    found = asyncio.run(net.admit("127.0.0.1", 6379))
    assert found is not None
    assert (found.cause, found.reason, net.sent) == ("host-not-allowed", Reason.UNSAFE, 0)
    assert "127.0.0.1:6379 is not an address of the supplier file" in found.message
    assert asyncio.run(net.admit("127.0.0.1", 8443)) is None


def test_the_spellings_of_hosts() -> None:
    assert plain_host("Bücher.Example.") == "xn--bcher-kva.example"
    assert host_and_port("https://[::1]/x") == ("::1", 443)
    assert host_and_port("http://a.test:99999/") is None
    assert named_host("a.test:443") == "a.test"
    assert named_host("[bad") == ""
    assert origin("http://a.test/") != origin("https://a.test/")
    assert origin("https://A.test/x") == origin("https://a.test:443/y")
    assert [is_loopback(one) for one in ("localhost", "a.localhost", "127.8.9.1", "::1", "::ffff:127.0.0.1")] == [
        True
    ] * 5
    assert not is_loopback("127.0.0.1.test")
