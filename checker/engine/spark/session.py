"""A Spark application: begun here, or found where ``spark-submit`` or a notebook began it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checker.errors import UsageFault

if TYPE_CHECKING:
    from pyspark import SparkContext

LEAST_JAVA = 17
_NAME = "nhs-standards-checker"
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')


@contextmanager
def context(master: str | None, workers: int | None) -> Iterator[SparkContext]:
    """The context of the application that runs already, or of a new one, which is then stopped at the end.

    Raises ``UsageFault``.
    """
    try:
        from pyspark import SparkConf, SparkContext
    except ImportError:
        raise UsageFault(
            "Spark is not installed here.",
            where="--engine spark",
            next_step="Run: pip install 'nhs-standards-checker[spark]'",
        ) from None
    running = SparkContext._active_spark_context
    if running is not None:
        yield running
        return
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # else spark-submit has a Java machine at hand
        check_java()
    conf = SparkConf()
    chosen = master or conf.get("spark.master") or os.environ.get("MASTER") or f"local[{workers or '*'}]"
    conf.setMaster(chosen)
    conf.setIfMissing("spark.app.name", _NAME)
    conf.setIfMissing("spark.ui.enabled", "false")
    conf.setIfMissing("spark.ui.showConsoleProgress", "false")
    conf.setIfMissing("spark.log.level", "ERROR")
    if chosen.startswith("local"):
        # Nothing of this run is to be reached from outside this machine.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        conf.setIfMissing("spark.driver.host", "127.0.0.1")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    try:
        begun = SparkContext(conf=conf)
    except Exception as error:
        raise UsageFault(
            f"Spark cannot be started ({type(error).__name__}): {_first_line(error)}",
            where=chosen,
            next_step="Check JAVA_HOME and the master's address; see docs/scale.md.",
        ) from None
    try:
        yield begun
    finally:
        begun.stop()


def check_java() -> None:
    """Is there a Java that Spark runs on? Raises ``UsageFault``: Spark itself does not say what it lacks."""
    home = os.environ.get("JAVA_HOME")
    program = os.path.join(home, "bin", "java") if home else shutil.which("java")
    where = f"JAVA_HOME={home}" if home else "PATH"
    said = ""
    if program:
        try:
            asked = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
            said = asked.stderr + asked.stdout
        except (OSError, subprocess.SubprocessError):
            said = ""
    found = _VERSION.search(said)
    if not found:
        raise UsageFault(
            "Spark needs Java, and there is none.",
            where=where,
            next_step=f"Install a Java runtime {LEAST_JAVA} or later, and let JAVA_HOME name its folder.",
        )
    version = int(found[2] or 0) if found[1] == "1" else int(found[1])
    if version < LEAST_JAVA:
        raise UsageFault(
            f"Spark needs Java {LEAST_JAVA} or later, and this is {version}.",
            where=where,
            next_step="Let JAVA_HOME name the folder of a newer one.",
        )


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "it does not say why")[:300]
