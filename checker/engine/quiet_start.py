"""Worker processes that leave Ctrl-C to their parent, and end with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_is_ours() -> Iterator[None]:
    """A process that is started meanwhile never sees Ctrl-C: only the parent answers it, and ends its workers.

    A Ctrl-C that comes meanwhile is not lost: the parent gets it at the end.
    """
    import signal
    import threading

    if hasattr(signal, "pthread_sigmask"):  # of this thread, from which a process that it starts takes it over
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # starting it later would let Ctrl-C through again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    elif threading.current_thread() is not threading.main_thread():  # where no answer to signals can be set
        yield
    else:  # Windows: there it is ignored, and one that comes meanwhile has to be pressed again
        ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, ignored)


def end_with_parent() -> None:
    """To be called in a worker: it ends when its parent does, also when that was killed."""
    import multiprocessing
    import os
    import threading

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
