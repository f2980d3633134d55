"""Test systems hold invented people: telephone numbers and e-mail addresses that reach nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.detectors.contacts import emails, national
from checker.model.scan import Fold, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_FOR_DRAMA = (
    "0113496",
    "0114496",
    "0115496",
    "0116496",
    "0117496",
    "0118496",
    "0121496",
    "0131496",
    "0141496",
    "0151496",
    "0161496",
    "0207946",
    "0191498",
    "02896496",
    "02920180",
    "01632960",
    "07700900",
    "08081570",
    "09098790",
    "03069990",
)
"""The numbers that Ofcom keeps free for drama begin so. Where ten digits follow a longer code, the next is 0."""
_RESERVED = frozenset({"example.com", "example.org", "example.net"})
_RESERVED_ENDS = (".example", ".test", ".invalid", ".localhost", ".example.com", ".example.org", ".example.net")
"""RFC 2606 and RFC 6761."""
_PHONE, _EMAIL = "phone", "email"
_SAID = {
    _PHONE: Said(
        "A telephone number of a person in a test system may be somebody's",
        "a number that Ofcom keeps free for drama (as 01632 960xxx or 07700 900xxx)",
        "another number (masked)",
    ),
    _EMAIL: Said(
        "An e-mail address of a person in a test system may be somebody's",
        "a domain that is reserved (example.com, example.org, example.net, .example, .test, .invalid)",
        "another domain (masked)",
    ),
}


class TestContactParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_percent``: so many in a hundred contact details may be others; a few are typed by those who test.

    ``domains``: further domains that are the supplier's own and reach no patient.
    """

    most_percent: int = 5
    domains: tuple[str, ...] = ()


class ContactsReserved(TalliedScan[TestContactParams], Fold[TestContactParams, Tallied]):
    """In a test system telephone numbers and e-mail addresses of people are of those that are kept free for it.

    Looked at is each ``telecom`` of Patient, Person and RelatedPerson, and of the contacts in them: telephone numbers
    of the UK against what Ofcom keeps free for drama, e-mail addresses against the reserved domains (RFC 2606).
    Numbers of other countries, extensions and what is no number are left alone. Findings are made when more than
    five in a hundred are others: whoever tests types one in now and then. No value is kept or shown.

    Good: ``07700 900123``, ``ann@example.org``. Bad: a mobile number of any other range.
    """

    id: ClassVar[str] = "telecom.reserved-for-tests"
    params_type: ClassVar[type[Params]] = TestContactParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient", "Person", "RelatedPerson"), element="telecom"),)
    source: ClassVar[str] = "docs/policy.md#test-systems-hold-invented-people"

    def step(self, state: Tallied, seen: Seen, params: TestContactParams) -> Tallied:
        """Examine one contact point."""
        node = seen.node
        value = node.get("value") if isinstance(node, dict) else None
        if not isinstance(value, str):
            return state
        number = national(value) if not any(one.isalpha() for one in value) else ""
        if number:
            state.count()
            if not is_for_drama(number):
                state.fault(_PHONE, seen.place)
            return state
        for hit in emails(value):
            state.count()
            if not is_reserved(hit.value.rpartition("@")[2], params.domains):
                state.fault(_EMAIL, seen.place)
        return state

    def finish(self, state: Tallied, params: TestContactParams) -> Iterator[Statement]:
        """How many were examined, and the findings when they are more than a few."""
        if not state.examined:
            return
        others = sum(state.faults.values())
        few = others * 100 <= params.most_percent * state.examined
        what = "telephone numbers and e-mail addresses of people"
        yield Examined(what=f"{what}, {others} of them not reserved" if others else what, count=state.examined)
        if not few:
            yield from findings(state, _SAID)


def is_for_drama(number: str) -> bool:
    """Is a national number of those that Ofcom keeps free for drama?

    >>> is_for_drama("01632960001"), is_for_drama("07700900123"), is_for_drama("07700901123")
    (True, True, False)
    """
    if not number.startswith(_FOR_DRAMA):
        return False
    start = next(one for one in _FOR_DRAMA if number.startswith(one))
    return len(start) == 8 or number[7] == "0"


def is_reserved(domain: str, more: tuple[str, ...] = ()) -> bool:
    """Is a domain reserved for examples and tests?

    >>> is_reserved("example.org"), is_reserved("mail.supplier.example"), is_reserved("nhs.net")
    (True, True, False)
    """
    return domain in _RESERVED or domain.endswith(_RESERVED_ENDS) or domain in more


CONTACTS_RESERVED = ContactsReserved()
