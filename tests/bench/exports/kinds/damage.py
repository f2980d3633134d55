"""Lines and files that cannot be read, and a manifest that is not true."""

from __future__ import annotations

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, decoy, fault, of_file


@fault("malformed-line", "unreadable", exports=BOTH, apart=True)
def malformed(home: Household) -> None:
    """A line breaks off in the middle of a resource."""
    home.damage[id(home.weight)] = "cut"
    home.mark(home.weight)


@fault("latin-1-line", "unreadable", exports=BOTH, apart=True)
def latin_1(home: Household) -> None:
    """A line is in ISO 8859-1 in the midst of UTF-8."""
    home.weight["note"] = [{"text": "Café au lait spots, naïve to treatment."}]
    home.damage[id(home.weight)] = "latin-1"
    home.mark(home.weight)


of_file("truncated-last-line", "unreadable", told="The last line of the observations breaks off.", apart=True)
of_file("manifest-wrong-count", "DH-EXIT-10", told="The manifest says one resource more than a file has.")
of_file("manifest-wrong-digest", "DH-EXIT-10", told="The manifest has another SHA-256 for a file.")
of_file("manifest-missing-file", "DH-EXIT-10", told="The manifest names a file that is not there.")
of_file("file-not-in-manifest", "DH-EXIT-10", told="A file is there that the manifest does not name.")


@decoy("crlf-line", "unreadable", exports=BOTH)
def crlf(home: Household) -> None:
    """A line ends in CR LF."""
    home.damage[id(home.weight)] = "crlf"
    home.mark(home.weight)
