"""``python -m tests.interop.record --reports DIR``: docs/interop-servers.md from reports and the notes on them.

The notes are ``triage/common.yaml`` and ``triage/<server>.yaml``: for a row that failed or stayed open, whose doing it
is (``server``, ``setup``: what our scripts switch on or hand over, ``checker``) and why. A row without a note is
named, and makes the exit code 1: the record is whole, or says that it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.interop.judging import ROOT

_HERE = Path(__file__).resolve().parent
_TRIAGE = _HERE / "triage"
_TARGET = ROOT / "docs" / "interop-servers.md"
_SERVERS = {"hapi": "HAPI FHIR", "sekmet": "sekmet-fhir", "node": "node-fhir-server-core"}
_WHOSE = {"server": "server", "setup": "setup", "checker": "**checker**"}
_OUTCOMES = ("pass", "fail", "inconclusive", "not-applicable")
_OPEN = ("fail", "inconclusive")
_HANDED = "no artefact of kind"
_SHOWN = 2
_READING = """A fail of a SHOULD does not make a system not compliant, nor does a row that nobody has confirmed at its
source yet; where no MUST row is confirmed, the conclusion stays open."""


def main(arguments: list[str] | None = None) -> int:
    """Write the record; 1 when a row has no note."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.record", description=__doc__)
    parser.add_argument("--reports", type=Path, required=True, help="folder that the scripts wrote their reports to")
    parser.add_argument("--target", type=Path, default=_TARGET)
    options = parser.parse_args(arguments)
    missing: list[str] = []
    sections = [_overview(options.reports)]
    for key, title in _SERVERS.items():
        reports = _reports(options.reports, key)
        if reports:
            sections.append(_server(key, title, reports, missing))
    head = (_HERE / "triage" / "head.md").read_text("utf-8")
    options.target.write_text(head.rstrip() + "\n\n" + "\n\n".join(sections) + "\n", "utf-8")
    for one in missing:
        sys.stderr.write(f"no note: {one}\n")
    return 1 if missing else 0


def _reports(folder: Path, key: str) -> dict[str, dict[str, Any]]:
    """The reports of a server by profile, the largest last."""
    found = {
        one.stem.removeprefix(f"{key}-"): json.loads(one.read_text("utf-8")) for one in folder.glob(f"{key}-*.json")
    }
    return dict(sorted(found.items(), key=lambda item: (len(item[1]["rows"]), item[0])))


def _overview(folder: Path) -> str:
    lines = [
        "## Figures",
        "",
        "| server | version | profile | requests | pass | fail | open | not applicable | conclusion |",
    ]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for key in _SERVERS:
        for profile, report in _reports(folder, key).items():
            told = Counter(row["verdict"]["outcome"] for row in report["rows"])
            numbers = " | ".join(str(told[one]) for one in _OUTCOMES)
            requests = sum(one["requests"] for one in report["recordings"])
            what = f"{report['supplier']['product']} | {report['supplier']['version']} | {profile}"
            lines.append(f"| {what} | {requests} | {numbers} | {report['conclusion']} |")
    lines += ["", _READING]
    return "\n".join(lines)


def _server(key: str, title: str, reports: dict[str, dict[str, Any]], missing: list[str]) -> str:
    notes = _notes(key)
    rows: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for profile, report in reports.items():
        base = report["supplier"].get("base_url", "")
        for row in report["rows"]:
            if row["verdict"]["outcome"] in _OPEN:
                rows.setdefault(row["id"], (_shortened(row, base), []))[1].append(profile)
    about = str(notes.get("about", "")).strip()
    parts = [f"## {title}", "", about, ""]
    parts += ["### What failed", "", "| row | strength | what was seen | whose | why |", "|---|---|---|---|---|"]
    left: list[dict[str, Any]] = []
    handed, people = [], []
    for id, (row, _) in sorted(rows.items()):
        verdict = row["verdict"]
        if verdict["outcome"] == "fail":
            parts.append(_line(key, row, notes, missing, _few([_seen(one) for one in verdict["findings"]])))
        elif id in notes["rows"]:
            left.append(row)
        elif any(_HANDED in why for why in verdict["why"]):
            handed.append(id)
        elif verdict["reason"] == "human":
            people.append(id)
        else:
            left.append(row)
    parts += ["", "### What stayed open", ""]
    parts += [f"- Nothing was handed over to look at (export, logs, reports): {', '.join(handed) or 'none'}."]
    parts += [f"- A person decides, or it takes writes: {', '.join(people) or 'none'}.", ""]
    parts += ["| row | strength | what was said | whose | why |", "|---|---|---|---|---|"]
    parts += [_line(key, row, notes, missing, _few(row["verdict"]["why"])) for row in left]
    return "\n".join(parts)


def _notes(key: str) -> dict[str, Any]:
    """The notes on a server: its own before the common ones."""
    common = yaml.safe_load((_TRIAGE / "common.yaml").read_text("utf-8")) or {}
    path = _TRIAGE / f"{key}.yaml"
    own = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    return {**own, "rows": {**common.get("rows", {}), **(own.get("rows") or {})}}


def _line(key: str, row: dict[str, Any], notes: dict[str, Any], missing: list[str], seen: str) -> str:
    note = notes["rows"].get(row["id"])
    if note is None:
        missing.append(f"{key} {row['id']} ({row['verdict']['outcome']}): {seen}")
        note = {"whose": "", "why": "not looked at yet"}
    clause, verdict = row["clause"], row["verdict"]
    url = clause["url"].replace("docs/policy.md", "policy.md")
    source = f"[{clause['section'] or clause['standard']}]({url})" if url else clause["standard"]
    why = f"{str(note['why']).strip()} ({source})"
    strength = f"{verdict['obligation']} {verdict['basis']}"
    return f"| {row['id']} | {strength} | {_cell(seen)} | {_WHOSE.get(note['whose'], '?')} | {_cell(why)} |"


def _few(said: list[str]) -> str:
    """The first of what was said, and how much more there is: the reports have all of it."""
    more = len(said) - _SHOWN
    return "; ".join([*said[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _seen(finding: dict[str, Any]) -> str:
    times = f", {finding['count']} times" if finding.get("count", 1) > 1 else ""
    return f"{finding['message']} ({finding['actual']}{times})"


def _shortened(row: dict[str, Any], base: str) -> dict[str, Any]:
    """The row with its findings free of the address that this run happened to have."""
    text = json.dumps(row)
    return dict(json.loads(text.replace(base, "[base]") if base else text))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
