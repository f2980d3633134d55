"""The engine by its name on the command line."""

from __future__ import annotations

import os

from checker.engine.scans.work import Engine, Single
from checker.errors import UsageFault

ENGINES = ("single", "pool", "spark")


def engine_of(name: str = "single", workers: int | None = None, spark_master: str | None = None) -> Engine:
    """The engine. ``workers``: processes of a pool, or threads of a local Spark; None for one per processor.

    Raises ``UsageFault`` for options that the engine has not.
    """
    if name == "single":
        if workers not in (None, 1):
            raise UsageFault(
                "One process has no workers.", where="--workers", next_step=f"Add --engine pool --workers {workers}."
            )
        _no_master(spark_master)
        return Single()
    if name == "pool":
        _no_master(spark_master)
        from checker.engine.scans.pool import Pool

        return Pool(workers or processors())
    from checker.engine.spark.engine import Spark

    if workers is not None and spark_master is not None:
        raise UsageFault("The master says how many workers there are.", where="--workers", next_step="Leave it out.")
    return Spark(master=spark_master, workers=workers)


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _no_master(spark_master: str | None) -> None:
    if spark_master is not None:
        raise UsageFault("Only Spark has a master.", where="--spark-master", next_step="Add --engine spark.")
