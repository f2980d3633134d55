"""Where profiles are found: shipped with the tool, in installed packages, or by path."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from checker.catalogue.compiled import INDEX_NAME, LEDGER_NAME, NO_SCHEMA, Store
from checker.catalogue.document import Document, advice
from checker.catalogue.ledger import LedgerEntry, read_ledger
from checker.catalogue.plugins import PROFILES, load_group
from checker.errors import ProfileFault
from checker.resources import data

FILE = "profile.yaml"


@dataclass(frozen=True)
class Source:
    """A profile file that was found."""

    folder: Traversable
    file: Traversable
    label: str
    """What messages and ``explain`` call it. No machine's path, unless the caller gave one."""
    ours: bool = False
    """Is it shipped with the tool?"""
    name: str = ""
    """What it must be called: its folder's name, when it is found by that."""


class Library:
    """Finds profiles by id or path.

    ``shipped``: the folder of our own profiles (the packaged one when None). ``cache``: a folder
    for parsed documents, or None. ``plugins``: look at installed packages too?
    """

    def __init__(self, shipped: Traversable | None = None, *, cache: Path | None = None, plugins: bool = True) -> None:
        self._shipped = data("profiles") if shipped is None else shipped
        self._cache = cache
        self._plugins = plugins

    @cached_property
    def _store(self) -> Store:
        index = self._shipped.joinpath(INDEX_NAME)
        return Store(index.read_bytes() if index.is_file() else b"", self._cache)

    @cached_property
    def ledger(self) -> dict[str, LedgerEntry]:
        """Our requirement ids, those in force and those withdrawn."""
        file = self._shipped.joinpath(LEDGER_NAME)
        if not file.is_file():
            return {}
        return read_ledger(self._store.read(file.read_bytes(), f"profiles/{LEDGER_NAME}", NO_SCHEMA))

    @cached_property
    def _ours(self) -> dict[str, Source]:
        return _folders(self._shipped, "profiles", ours=True)

    @cached_property
    def _installed(self) -> dict[str, Source]:
        found: dict[str, Source] = {}
        for distribution, package in load_group(PROFILES) if self._plugins else []:
            label = f"{distribution.partition(' ')[0]}:{package.__name__}"
            for name, source in _folders(files(package), label).items():
                other = self._ours.get(name) or found.get(name)
                if other is not None:
                    raise ProfileFault(
                        f"two installed profiles are called {name!r}",
                        where=f"{other.label} and {source.label}",
                        next_step=f"Uninstall one, or use a profile by its path. The second is from {distribution}.",
                    )
                found[name] = source
        return found

    def names(self) -> tuple[str, ...]:
        """The ids of shipped and installed profiles, sorted."""
        return tuple(sorted({**self._ours, **self._installed}))

    def ships(self, name_or_path: str) -> bool:
        """Is that the id of a profile that is shipped with the tool?"""
        return name_or_path in self._ours

    def find(self, name_or_path: str, base: Source | None = None, *, where: str = "") -> Source:
        """The source of a profile.

        What ends in ``.yaml`` or holds a ``/`` is a path, relative to ``base``, the profile that
        includes it; anything else is an id. ``where`` is what messages call the place of the name.
        """
        if _is_path(name_or_path):
            return self._recognised(_by_path(name_or_path, base, where))
        source = self._ours.get(name_or_path) or self._installed.get(name_or_path)
        if source is None:
            told = advice(name_or_path, self.names(), "profile")
            near = Path(name_or_path).is_dir() and base is None
            hint = f" For the folder of that name write './{name_or_path}'." if near else ""
            raise ProfileFault(f"no profile is called {name_or_path!r}", where=where, next_step=told + hint)
        return source

    def _recognised(self, source: Source) -> Source:
        """The shipped profile itself, when the path leads to it: it is ours by any way."""
        if not isinstance(source.file, Path):
            return source
        here = source.file.resolve()
        same = (one for one in self._ours.values() if isinstance(one.file, Path) and one.file.resolve() == here)
        return next(same, source)

    def read(self, source: Source) -> Document:
        """The parsed, schema-checked file. Raises ``ProfileFault``."""
        document = self._parsed(source)
        name = document.data["id"]
        if source.name and name != source.name:
            what = f"the profile in the folder {source.name!r} calls itself {name!r}"
            next_step = "Give the folder and the profile one name."
            raise ProfileFault(what, where=document.where("/id"), next_step=next_step)
        if not source.ours and name in self._ours:
            what = f"the id {name!r} is that of a profile shipped with the tool"
            next_step = "Choose an id of your own: a report must not take one profile for the other."
            raise ProfileFault(what, where=document.where("/id"), next_step=next_step)
        return document

    def beside(self, source: Source, name: str, *, where: str) -> Document:
        """The obligations in a file beside a profile. ``where`` names that file there. Raises ``ProfileFault``."""
        label = posixpath.join(posixpath.dirname(source.label), name)
        try:
            content = source.folder.joinpath(name).read_bytes()
        except OSError as error:
            what = f"the obligations at {label} cannot be read: {error.strerror or error}"
            raise ProfileFault(what, where=where, next_step="Name a file in the profile's own folder.") from None
        return self._store.read(content, label, "obligations")

    def _parsed(self, source: Source) -> Document:
        try:
            content = source.file.read_bytes()
        except OSError as error:
            what = f"the profile cannot be read: {error.strerror or error}"
            raise ProfileFault(what, where=source.label, next_step="Check the file and its permissions.") from None
        return self._store.read(content, source.label)


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.endswith((".yaml", ".yml")) or text in {".", ".."}


def _by_path(text: str, base: Source | None, where: str) -> Source:
    place: Traversable = Path(text) if base is None or Path(text).is_absolute() else base.folder.joinpath(text)
    label = Path(text).as_posix()
    if base is not None and not Path(text).is_absolute():
        label = posixpath.normpath(posixpath.join(posixpath.dirname(base.label), label))
    if place.is_dir():
        folder, file, label = place, place.joinpath(FILE), f"{label}/{FILE}"
    else:
        folder = place.parent if isinstance(place, Path) else (base.folder if base else place)
        file = place
    if not file.is_file():
        next_step = f"Give the folder that holds {FILE}, or the file itself."
        raise ProfileFault(f"there is no profile at {label}", where=where, next_step=next_step)
    return Source(folder, file, label)


def _folders(root: Traversable, label: str, *, ours: bool = False) -> dict[str, Source]:
    """The folders below ``root`` that hold a profile, by name."""
    if not root.is_dir():
        return {}
    return {
        place.name: Source(place, place.joinpath(FILE), f"{label}/{place.name}/{FILE}", ours, place.name)
        for place in sorted(root.iterdir(), key=lambda one: one.name)
        if place.is_dir() and place.joinpath(FILE).is_file()
    }
