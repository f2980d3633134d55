"""The event loop: silent about futures that Ctrl-C has cancelled, and about nothing else."""

from __future__ import annotations

import asyncio
import logging

import pytest

from checker.probes.event_loop import new_event_loop


def said_of(callback: object, caplog: pytest.LogCaptureFixture) -> list[str]:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(callback)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR), asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())
    return [record.message for record in caplog.records]


def test_a_result_for_a_cancelled_future_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    def late() -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        future.set_result(None)

    assert said_of(late, caplog) == []


def test_any_other_trouble_is(caplog: pytest.LogCaptureFixture) -> None:
    def wrong() -> None:
        raise ValueError("broken")

    (said,) = said_of(wrong, caplog)
    assert "Exception in callback" in said
