"""Running scans in one process: over artefacts, over exchanges, and what their states say."""

from __future__ import annotations

from checker.engine.scans.artefacts import ArtefactScan, scan_artefacts
from checker.engine.scans.driver import finish_scan, merged_state, run_scans
from checker.engine.scans.exchanges import scan_exchanges
from checker.engine.scans.job import EXCHANGES, EXPORT, ScanJob, ScanOutcome, ScanRun

__all__ = [
    "EXCHANGES",
    "EXPORT",
    "ArtefactScan",
    "ScanJob",
    "ScanOutcome",
    "ScanRun",
    "finish_scan",
    "merged_state",
    "run_scans",
    "scan_artefacts",
    "scan_exchanges",
]
