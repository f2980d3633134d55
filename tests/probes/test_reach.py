"""One connection: where it ends, and why."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from checker.model.supplier import Limits
from checker.probes.addresses import ANY_PORT
from checker.probes.net import Net
from checker.probes.reach import LEDGER, NAME, OPEN, PORT, PROXY, Lookups, Reach, reach
from checker.probes.tokens import token_ends
from checker.probes.trust import bundled_names
from tests.probes.support import FAST, RunningClock, Web, listening


def go(port: int, *, host: str = "127.0.0.1", limits: Limits = FAST, proxy: str = "", tunnel: bool = True) -> Reach:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        if host == "gone.test":
            raise socket.gaierror(-2, "no such name")
        return ("169.254.0.1",) if host == "bad.test" else ("127.0.0.1",)

    clock = RunningClock()
    lookups = Lookups(clock, resolve)
    hosts = [host, "127.0.0.1"] if host != "other.test" else []
    net = Net(allowed=[(one, ANY_PORT) for one in hosts], limits=limits, clock=clock, proxy=proxy, resolve=lookups)
    return asyncio.run(reach(net, clock, host, port, 1.0, tunnel=tunnel))


def cause(found: Reach) -> str:
    return found.failure.cause if found.failure else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_open_port_says_which_address_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = go(listener.getsockname()[1], host="a.test")
    assert (found.stage, found.failure, found.address) == (OPEN, None, "127.0.0.1")


def test_where_it_ends() -> None:
    assert (go(free_port()).stage, cause(go(free_port()))) == (PORT, "refused")
    assert (go(1, host="gone.test").stage, cause(go(1, host="gone.test"))) == (NAME, "dns")
    assert (go(1, host="bad.test").stage, cause(go(1, host="bad.test"))) == (NAME, "host-not-allowed")
    spent = Limits(max_requests=0, requests_per_s=1000)
    assert (go(1, limits=spent).stage, cause(go(1, limits=spent))) == (LEDGER, "budget")


@pytest.mark.parametrize(("number", "expected"), [(errno.EHOSTUNREACH, "unreachable"), (errno.EACCES, "refused")])
def test_no_route_is_told_from_refused(monkeypatch: pytest.MonkeyPatch, number: int, expected: str) -> None:
    async def broken(*_: object) -> None:
        raise OSError(number, "in the way")

    monkeypatch.setattr(asyncio, "open_connection", broken)
    assert cause(go(1)) == expected


def test_a_proxy_is_asked_for_the_way_only_if_it_is_needed() -> None:
    async def run(*, tunnel: bool) -> tuple[Reach, int]:
        refusing = Web()
        async with listening(refusing) as port:
            clock = RunningClock()
            proxy = f"http://127.0.0.1:{port}"
            net = Net(allowed=[("a.test", ANY_PORT)], limits=FAST, clock=clock, proxy=proxy)
            return await reach(net, clock, "a.test", 443, 1.0, tunnel=tunnel), len(refusing.seen)

    plain, asked = asyncio.run(run(tunnel=False))
    assert (plain.stage, asked) == (OPEN, 0)
    opened, asked = asyncio.run(run(tunnel=True))
    assert (opened.stage, asked) == (OPEN, 1)


def test_a_proxy_that_says_nothing_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = go(443, host="a.test", proxy=f"http://127.0.0.1:{listener.getsockname()[1]}")
    assert (found.stage, cause(found)) == (PROXY, "connect-timeout")


def test_lookups_remember_what_was_asked_also_when_it_is_broken_off() -> None:
    async def slow(host: str, port: int) -> tuple[str, ...]:
        await asyncio.sleep(5)
        return ()

    lookups = Lookups(RunningClock(), slow)

    async def run() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await lookups("Slow.Test.", 443)

    asyncio.run(run())
    found = lookups.of("slow.test")
    assert found is not None
    assert (found.addresses, found.problem) == ((), "no answer in the time for it")
    assert lookups.of("192.0.2.1") is None


def test_the_names_of_public_authorities() -> None:
    found = bundled_names()
    assert len(found) > 50
    assert any("ISRG Root X1" in name for name in found)


@pytest.mark.parametrize(
    ("claims", "ends"), [({"exp": 1_800_000_000}, True), ({}, False), ({"exp": 1e300}, False), ({"exp": "no"}, False)]
)
def test_when_a_token_ends(claims: dict[str, object], ends: bool) -> None:
    import base64
    import json

    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in ({"alg": "x"}, claims)]
    assert (token_ends(".".join([*parts, "c2ln"])) is not None) is ends
    assert token_ends("opaque") is None
