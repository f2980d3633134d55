"""Batches over worker processes, in order, with few in flight.

Workers are spawned, not forked: the same on every system. Each builds its own validator once; what
travels is bytes in and packed verdicts out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from checker.engine.quiet_start import ctrl_c_is_ours
from checker.errors import CheckerFault
from checker.probes.source.inputs import Input

if TYPE_CHECKING:
    from concurrent.futures import Future

BATCH_BYTES = 1 << 19
"""About so many bytes of input are handed over at once."""

_IN_FLIGHT = 3


def batches(inputs: Iterable[Input], size_bytes: int = BATCH_BYTES) -> Iterator[list[Input]]:
    """The inputs in order, in lists of about that size."""
    held: list[Input] = []
    total = 0
    for one in inputs:
        held.append(one)
        total += len(one.data)
        if total >= size_bytes:
            yield held
            held, total = [], 0
    if held:
        yield held


def over_workers(
    work: Callable[[list[Input]], bytes],
    start: Callable[..., None],
    settings: tuple[object, ...],
    inputs: Iterable[Input],
    workers: int,
) -> Iterator[bytes]:
    """What ``work`` makes of each batch, in the order of the inputs.

    ``start(*settings)`` is called once in each worker. Raises ``CheckerFault`` when a worker dies.
    """
    import multiprocessing  # a single file needs none of this
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[Future[bytes]] = deque()
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start, initargs=settings)
    whole = False
    try:
        for batch in batches(inputs):
            with ctrl_c_is_ours():
                waiting.append(pool.submit(work, batch))
            if len(waiting) > workers * _IN_FLIGHT:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        whole = True
    except BrokenProcessPool as error:
        raise CheckerFault(
            "A worker process of the validator died, perhaps for want of memory.",
            where="validate",
            next_step="Run it again with --workers 1, or split the input.",
        ) from error
    finally:
        if not whole:  # interrupted, or nobody reads on: what is under way would take minutes
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
        pool.shutdown(cancel_futures=True)
