"""An export, written household by household."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.bench.exports import manifest, truth
from tests.bench.exports.events import Events, Text
from tests.bench.exports.files import Files, Place
from tests.bench.exports.household import Household
from tests.bench.exports.kinds import KINDS, Kind
from tests.bench.exports.layout import Layout
from tests.bench.exports.options import Options
from tests.bench.exports.patients import Patients
from tests.bench.exports.people import Person, Population, first_number
from tests.bench.exports.plan import Plan, planned
from tests.bench.exports.staff import Staff

EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. ``resources``: those of which a line was begun."""

    export: Path
    truth: Path
    resources: int
    bytes: int
    """Before compression."""
    rows: int


def write_export(folder: Path, options: Options) -> Written:
    """Write ``folder/export`` and ``folder/truth.json``. Raises ``OptionsError`` before anything is written."""
    layout = Layout.of(options.resources)
    plan = planned(options, layout)
    names = {}
    if "number-in-file-name" in plan.files:
        names["Location"] = f"Location-{first_number(options.seed)}"
    files = Files(folder / EXPORT, options.form, names)
    said = {
        "resources": options.resources,
        "seed": options.seed,
        "form": options.form,
        "anonymised": options.anonymised,
        "recipient": options.recipient,
        "faults": {name: options.faults[name] for name in KINDS if options.faults.get(name)},
    }
    told = truth.TruthWriter(folder / truth.NAME, said, resources=options.resources, patients=layout.patients)
    _Writer(options, layout, plan, files, told).write()
    rows = _finish(files, plan, told)
    return Written(
        export=folder / EXPORT,
        truth=folder / truth.NAME,
        resources=sum(file.count for file in files.by_type.values()),
        bytes=sum(file.size for file in files.by_type.values()),
        rows=rows,
    )


class _Writer:
    def __init__(self, options: Options, layout: Layout, plan: Plan, files: Files, told: truth.TruthWriter) -> None:
        self._layout = layout
        self._plan = plan
        self._files = files
        self._told = told
        self._anonymised = options.anonymised
        self._staff = Staff.of(options.seed)
        whose = options.recipient if options.anonymised else ""
        self._people = Population(layout, options.seed, plan.plain, whose=whose)
        self._patients = Patients(options.seed, self._staff, anonymised=options.anonymised, recipient=options.recipient)
        self._events = Events(options.seed, layout, self._staff, anonymised=options.anonymised)

    def write(self) -> None:
        of = self._files.of
        for kind, _, text in self._staff.resources(self._layout.practices, anonymised=self._anonymised):
            of(kind).add(text)
        patients, households, faulty = of("Patient"), self._plan.households, self._plan.plain
        before: Person | None = None
        before_at: Place | None = None
        for person in self._people.people():
            texts = [("Patient", person.id, self._patients.text(person)), *self._events.of(person)]
            if person.place in households:
                self._with_fault(person, before, before_at, texts)
            else:
                if person.place in faulty:
                    before, before_at = person, patients.place()
                for kind, _, text in texts:
                    of(kind).add(text)

    def _with_fault(self, person: Person, before: Person | None, before_at: Place | None, texts: list[Text]) -> None:
        kind, turn = self._plan.households[person.place]
        home = Household.parsed(
            texts,
            person=person,
            before=before,
            patients=self._patients,
            events=self._events,
            anonymised=self._anonymised,
            turn=turn,
            breaks=kind.breaks,
        )
        assert kind.change is not None, "kinds of whole files are not in households"
        kind.change(home)
        places: dict[int, Place] = {}
        for resource, (type, _, text) in zip(home.resources, home.texts(), strict=True):
            file = self._files.of(type)
            places[id(resource)] = file.place()
            file.add_damaged(text, home.damage.get(id(resource), ""))
        for mark in home.marks:
            self._told.mark(kind, turn, mark, places[id(mark.resource)], before_at)


def _finish(files: Files, plan: Plan, told: truth.TruthWriter) -> int:
    """Close the files and write the manifest; the truth about whole files."""
    for type, file in files.by_type.items():
        cut = type == "Observation" and "truncated-last-line" in plan.files
        last = file.close(cut=cut)
        if cut:
            _of_file(told, KINDS["truncated-last-line"], last, "", type)
        if type == "Location" and "number-in-file-name" in plan.files:
            _of_file(told, KINDS["number-in-file-name"], Place(file.path.name, 0, 0), "", type)
    content = manifest.manifest(files.by_type.items())
    for name, pointer in manifest.spoilt(content, plan.files):
        _of_file(told, KINDS[name], Place(manifest.NAME, 0, 0), pointer, "")
    files.finish(manifest.text(content), manifest.NAME)
    told.close()
    return told.rows


def _of_file(told: truth.TruthWriter, kind: Kind, at: Place, pointer: str, type: str) -> None:
    told.add(
        truth.Row(
            name=kind.name, breaks=kind.breaks, path=at.path, line=at.line, offset=at.offset, type=type, pointer=pointer
        )
    )
