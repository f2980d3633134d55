"""The words of generated requirements: summary, why it matters, how to mend it. Templates, so that all read alike."""

from __future__ import annotations

from typing import Any

Words = tuple[str, str, str]
"""Summary, rationale, fix."""


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def a(name: str) -> str:
    """The name with its article."""
    return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def declares(kind: str, told: list[str]) -> Words:
    """The CapabilityStatement lists what is offered of a type."""
    told = ["search" if one == "search-type" else one for one in told]
    return (
        f"The CapabilityStatement says of {kind} what is offered: {listed(told)}.",
        "A client asks for what the statement lists. What is not listed is not asked for, although it may be there.",
        f"Add to rest.resource of type {kind}: {listed(told)}.",
    )


def statement(expected: list[dict[str, Any]]) -> Words:
    """What the CapabilityStatement as a whole holds."""
    told = listed([shape(each) for each in expected])
    return (
        f"The CapabilityStatement holds what this API asks for: {told}.",
        "A client learns from it how to reach the server, and which messages and versions it takes.",
        f"Add to the CapabilityStatement: {told}.",
    )


def interaction(kind: str, code: str) -> Words:
    """A type can be searched, or read."""
    if code == "read":
        return (
            f"{_upper(a(kind))} that a search shows can be read by its id.",
            "Who follows a reference asks by id. If that does not answer, what was referred to seems not to exist.",
            f"Serve GET [base]/{kind}/[id].",
        )
    return (
        f"{kind} can be searched.",
        f"Whoever needs {a(kind)} has no other way to find it than a search.",
        f"Serve GET [base]/{kind} with the search parameters of this API.",
    )


def search(kind: str, names: list[str], beside: list[str]) -> Words:
    """A search by one parameter, or by several at once."""
    given = f", given {listed(beside)}," if beside else ""
    if len(names) == 1:
        return (
            f"A search for {kind} by {names[0]}{given} finds what has that value, and nothing for a value nobody has.",
            "A criterion that is ignored shows the records of others; one that does not find what is there hides it.",
            f"Apply {names[0]} to every search for {kind}; list it under searchParam of the CapabilityStatement.",
        )
    return (
        f"A search for {kind} by {listed(names)} together{given} finds only what meets all of them.",
        "Who narrows a search expects fewer records. If one criterion is dropped, those of another patient come along.",
        f"Join the criteria {listed(names)} by AND; drop none of them.",
    )


_FORMS = {"year": "a year", "month": "a month", "ge": "ge", "le": "le", "between": "two dates"}


def dates(kind: str, name: str, forms: list[str]) -> Words:
    """The forms of a date in a search."""
    told = listed([_FORMS[one] for one in forms])
    return (
        f"A search for {kind} by {name} takes dates in each form that is asked for: {told}.",
        "Half of a date is often all that is known. A server that misreads it hides what is there, or shows too much.",
        f"Turn each date of {name} into an interval, and compare bounds as the prefix says.",
    )


def include(kind: str, name: str, gives: str) -> Words:
    """What a search brings along."""
    return (
        f"A search for {kind} with {name} brings along the {gives} that is referred to.",
        f"Without it a client asks for each {gives} by itself, or shows its user nothing in its place.",
        f"Add each {gives} that a match refers to to the searchset, with search mode include.",
    )


def structure_definition(kind: str, canonical: str) -> Words:
    """A StructureDefinition that is claimed."""
    name = canonical.rpartition("/")[2]
    return (
        f"The CapabilityStatement claims {name} for {kind}.",
        "From it a receiver knows by which rules it may read the records.",
        f"Name {canonical} under supportedProfile of {kind}.",
    )


def conforms(kind: str, canonical: str) -> Words:
    """Resources conform to a StructureDefinition."""
    name = canonical.rpartition("/")[2]
    return (
        f"Each {kind} that is given conforms to {name}.",
        "A claim that the records do not keep is worse than none: a receiver reads them by it.",
        f"Mend what each finding names in {kind}; 'checker validate' shows line and column.",
    )


def operation(kind: str, name: str, *, asked: bool) -> Words:
    """An operation is there. ``asked``: it is called, and not only looked for in the CapabilityStatement."""
    of = f" of {kind}" if kind else ""
    return (
        f"The operation {name}{of} is declared{', and there' if asked else ''}.",
        "A client that cannot call it has no other way to what it does.",
        f"Serve {name}{of}, and list it under operation of the CapabilityStatement.",
    )


def header(name: str, *, malformed: bool) -> Words:
    """A header that requests must carry, or that must be readable."""
    return (
        f"A request {f'whose {name} cannot be read' if malformed else f'without {name}'} is refused.",
        "It says who asks, for whom, or by which trace. What is answered without it cannot be accounted for.",
        f"Refuse a request whose {name} is missing or cannot be read, before anything is looked up.",
    )


def elements(kind: str, expected: list[dict[str, Any]]) -> Words:
    """What each resource of a type holds."""
    told = listed([shape(one) for one in expected])
    return (
        f"Each {kind} that is given holds what this API asks for: {told}.",
        "A client of this API relies on it and has no other place to look.",
        f"Fill the elements of {kind} as asked: {told}.",
    )


def shape(one: dict[str, Any]) -> str:
    """One expectation in a few words."""
    path, least, most = one["path"], one.get("min", 0), one.get("max")
    if most == 0:
        return f"no {path}"
    if most is not None and most == least:
        return f"{path} ({least})"
    if least:
        return f"{path} (at least {least})"
    return f"{path} (at most {most})" if most is not None else f"{path} (in the right form)"
