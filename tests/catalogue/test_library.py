"""Where profiles are found, whose ids are whose, and what an installed plug-in adds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from checker.catalogue import plugins, strict_yaml
from checker.catalogue.ledger import read_ledger
from checker.catalogue.load import load_profile
from checker.errors import CheckerFault, ProfileFault
from tests.catalogue.sample import READ, library, registry, row, safety, write

PACKAGE = Path(__file__).parents[1] / "plugin_package"
LEDGER = "ids:\n  T-ONE-001: {profile: a, since: 1.0.0}\n  T-OLD-001: {profile: a, since: 1.0.0, withdrawn: 2.0.0}\n"


def ours(folder: Path) -> Path:
    write(folder, row(), id="a")
    (folder / "ledger.yaml").write_text(LEDGER)
    return folder


def fault(name: str, folder: Path) -> ProfileFault:
    with pytest.raises(ProfileFault) as caught:
        load_profile(name, registry(), library(folder), safety_of=safety)
    return caught.value


def test_names_and_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="fhir-r4")
    write(tmp_path, row("T-B-1"), id="security")
    (tmp_path / "notes").mkdir()
    assert library(tmp_path).names() == ("fhir-r4", "security")
    found = fault("fhir-r5", tmp_path)
    assert found.what == "no profile is called 'fhir-r5'"
    assert "'fhir-r4'" in found.next_step


def test_a_folder_of_that_name_is_not_taken_for_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, row(), id="mine")
    monkeypatch.chdir(tmp_path)
    assert "'./mine'" in fault("mine", tmp_path / "none").next_step
    assert load_profile("./mine", registry(), library(tmp_path / "none"), safety_of=safety).id == "mine"


def test_shipped_places_are_told_without_the_machine(tmp_path: Path) -> None:
    profile = load_profile("a", registry(), library(ours(tmp_path)), safety_of=safety)
    assert profile.origins["T-ONE-001"]["id"].source == "profiles/a/profile.yaml"


def test_an_id_of_ours_may_be_included_but_not_used_again(tmp_path: Path) -> None:
    folder = ours(tmp_path / "p")
    top = write(tmp_path, row("X-NEW-1"), id="top", head="include: [{profile: a}]\n")
    assert load_profile(top.as_posix(), registry(), library(folder), safety_of=safety).by_id("T-ONE-001") is not None
    top = write(tmp_path, row(), id="top")
    found = fault(top.as_posix(), folder)
    assert "the id T-ONE-001 already belongs to a requirement of a" in found.what
    assert found.where.endswith("top/profile.yaml:5")
    assert "Include 'a'" in found.next_step


def test_even_the_same_words_are_another_requirement(tmp_path: Path) -> None:
    folder = ours(tmp_path / "p")
    copy = write(tmp_path, row(), id="copy")
    assert "already belongs" in fault(copy.as_posix(), folder).what


def test_a_copy_may_not_call_itself_ours_but_a_path_to_ours_is_ours(tmp_path: Path) -> None:
    folder = ours(tmp_path / "p")
    copy = write(tmp_path, row("X-NEW-1"), id="a")
    found = fault(copy.as_posix(), folder)
    assert "'a' is that of a profile shipped with the tool" in found.what
    assert found.where.endswith("a/profile.yaml:1")
    by_path = load_profile((folder / "a").as_posix(), registry(), library(folder), safety_of=safety)
    assert by_path == load_profile("a", registry(), library(folder), safety_of=safety)


def test_a_folder_and_its_profile_have_one_name(tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1"), id="a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert "in the folder 'b' calls itself 'a'" in fault("b", tmp_path).what


def test_a_withdrawn_id_is_never_used_again(tmp_path: Path) -> None:
    folder = ours(tmp_path)
    write(folder, row("T-OLD-001"), id="a")
    assert "withdrawn in 2.0.0" in fault("a", folder).what


def test_an_overlay_may_change_a_requirement_of_ours(tmp_path: Path) -> None:
    folder = ours(tmp_path / "p")
    head = "include: [{profile: a}]\noverlay: [{requirement: T-ONE-001, relax: {obligation: MAY}, reason: Not yet.}]\n"
    top = write(tmp_path, id="top", head=head)
    assert load_profile(top.as_posix(), registry(), library(folder), safety_of=safety).modified


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("idz: {}\n", "not a ledger"),
        ("ids: [a]\n", "not a ledger"),
        ("ids: {T-A-1: {profile: a}}\n", "missing required field `since`"),
        ("ids: {T-A-1: {profile: a, since: 1.0, gone: x}}\n", "unknown field `gone`"),
    ],
)
def test_a_bad_ledger(text: str, what: str) -> None:
    with pytest.raises(ProfileFault) as caught:
        read_ledger(strict_yaml.parse(text.encode(), "ledger.yaml"))
    assert what in caught.value.what
    assert caught.value.where.startswith("ledger.yaml:")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("no_such_module_of_anybody", "cannot be imported: ModuleNotFoundError"),
        ("json:loads", "must name a module"),
    ],
)
def test_a_broken_plugin_is_named(value: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="bad", value=value, group=plugins.CHECKS)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    with pytest.raises(CheckerFault) as caught:
        plugins.plugin_modules()
    assert what in caught.value.what
    assert f"bad = {value}" in caught.value.where
    assert "uninstall" in caught.value.next_step


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plug-in package, really installed into a folder of its own."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command += ["--disable-pip-version-check", "--target", str(target), str(PACKAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


USE = """
import json
from checker.catalogue.library import Library
from checker.catalogue.load import load_profile
from checker.catalogue.plugins import plugin_modules
from checker.model.registry import Registry
from checker.model.terms import Safety
registry = Registry.of_modules(plugin_modules())
library = Library()
profile = load_profile("example-plugin", registry, library, safety_of=lambda use, condition, settings: Safety.S0)
print(json.dumps({
    "checks": list(registry.checks), "names": library.names(), "version": profile.version,
    "use": profile.requirements[0].check.params, "source": profile.origins["EXAMPLE-NAME-001"]["id"].source,
}))
"""


def run(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(path), str(root)))}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)


def test_an_installed_plugin_brings_its_check_and_its_profile(installed: Path) -> None:
    done = run(USE, installed)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["checks"] == ["example.name-begins-well"]
    assert "example-plugin" in found["names"]
    assert "baseline" in found["names"]
    assert found["version"] == "1.10"
    assert found["use"] == {"prefix": "Example"}
    assert found["source"] == "nhs-checker-example:nhs_checker_example.profiles/example-plugin/profile.yaml"


def test_without_the_plugin_its_profile_is_unknown(tmp_path: Path) -> None:
    done = run(USE, tmp_path)
    assert done.returncode != 0
    assert "no profile is called 'example-plugin'" in done.stderr


def test_a_plugin_that_fails_on_import_is_named_with_its_distribution(installed: Path, tmp_path: Path) -> None:
    package = tmp_path / "nhs_checker_example"
    package.mkdir()
    (package / "__init__.py").write_text("raise ZeroDivisionError('on purpose')\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + USE
    done = run(code, installed)
    assert "CheckerFault" in done.stderr
    assert "ZeroDivisionError: on purpose" in done.stderr
    assert "nhs-checker-example 1.0.0" in done.stderr


def test_a_plugin_may_not_take_the_name_of_a_shipped_profile(installed: Path, tmp_path: Path) -> None:
    write(tmp_path, row("T-A-1", READ), id="example-plugin")
    code = (
        "from pathlib import Path\nfrom checker.catalogue.library import Library\n"
        f"Library(Path({str(tmp_path)!r})).names()\n"
    )
    done = run(code, installed)
    assert "two installed profiles are called 'example-plugin'" in done.stderr
