"""Who the patients are: a person for each place, from the seed alone. Nobody in here exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.exports import numbers
from tests.bench.exports.calendar import BORN_LAST, DAYS
from tests.bench.exports.chance import base, logical_id, mixed
from tests.bench.exports.layout import Layout

FAMILIES = (
    *("Abernquill", "Brackenfold", "Culverhythe", "Dunmarrow-Pike", "Éastwickham", "Fothergale", "Gwynlowe"),
    *("Hartledown", "Inkpenwell", "Jessamarsh", "Kestrelby", "Lorrimond", "Merrowdale", "Nethersole-Quay"),
    *("O’Thistlewick", "Penhallowby", "Quernstone", "Rushmereham", "Sedgewold", "Tarnbrough", "Umberleaze"),
    *("Vennacott", "Wychelm", "Yarrowditch", "Zennorcliffe"),
)
GIVEN = {
    "female": ("Maud", "Priya", "Sorcha", "Winifred", "Fern", "Amina", "Oluchi", "Zoë", "Mei", "Agnieszka", "Ruth"),
    "male": ("Idris", "Tomasz", "Joaquim", "Evander", "Rhys", "Kwame", "Bede", "Arjun", "Seán", "Yusuf", "Wren"),
}
STREETS = ("Larkspur Lane", "Old Tannery Row", "Quern Street", "Heronsgate", "Mallow Rise", "Cinder Path")
TOWNS = ("Netherwick-on-Sedge", "Upper Harrowmere", "Port Kestrel", "Tarnholme")
ETHNICITIES = (
    *(("A", "White - British"), ("C", "White - Any other White background"), ("H", "Asian or Asian British - Indian")),
    *(("J", "Asian or Asian British - Pakistani"), ("N", "Black or Black British - African")),
)
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""Those that the second part of a postcode uses."""
_NUMBERS = "NHS numbers"
CLASS_SIZE = 12
"""In an anonymised release so many patients share year of birth, gender and district; the last ones may be more."""


@dataclass(slots=True)
class Person:
    """One patient. ``draw`` is 64 bits of their own."""

    place: int
    draw: int
    id: str
    number: str
    gender: str
    family: str
    given: str
    born: str
    practice: int
    died: bool
    restricted: bool
    group: int
    """Which class of an anonymised release the patient is in."""

    @property
    def hospital_number(self) -> str:
        """The number that this supplier gives them."""
        return f"H{self.place + 1:08}"

    @property
    def phone(self) -> str:
        """In a range that Ofcom keeps free for drama, and never that of a practice."""
        return f"07700 900{self.draw % 1000:03}" if self.draw & 1 else f"01632 960{self.draw % 800 + 200}"

    @property
    def email(self) -> str:
        """Under a domain that is kept free for examples."""
        return f"patient{self.place + 1}@example.{('org', 'com', 'net')[self.draw % 3]}"

    @property
    def line(self) -> str:
        """House and street."""
        return f"{self.draw % 180 + 1} {STREETS[self.draw % 6]}"

    @property
    def town(self) -> str:
        """One of four."""
        return TOWNS[self.draw % 4]

    @property
    def postcode(self) -> str:
        """Well-formed, of an area that no place has (ZZ), and never that of a practice (9ZZ), or of nobody (ZZ99)."""
        letters = f"{_LETTERS[self.draw // 7 % 20]}{_LETTERS[self.draw // 140 % 20]}"
        return f"ZZ{self.draw % 89 + 1} {self.draw % 9}{letters}"


def first_number(seed: int) -> str:
    """The NHS number of the first patient."""
    return next(numbers.from_seed(base(seed, _NUMBERS)))


class Population:
    """The patients of an export, in order."""

    def __init__(self, layout: Layout, seed: int, plain: frozenset[int], *, whose: str = "") -> None:
        """Those at the ``plain`` places are alive and not restricted, so that a fault has to do with itself alone.

        ``whose``: the recipient of a release, in which nobody has the id that others know; "" is nobody's.
        """
        self._layout = layout
        self._seed = seed
        self._plain = plain
        self._ids = base(seed, f"Patient for {whose}" if whose else "Patient")

    def people(self) -> Iterator[Person]:
        """All, one by one."""
        draws, count, practices = base(self._seed, "person"), self._layout.patients, self._layout.practices
        valid = numbers.from_seed(base(self._seed, _NUMBERS))
        groups = max(1, count // CLASS_SIZE)
        for place in range(count):
            draw = mixed(draws, place)
            gender = "male" if draw >> 8 & 1 else "female"
            plain = place in self._plain
            yield Person(
                place=place,
                draw=draw,
                id=logical_id(self._ids, place),
                number=next(valid),
                gender=gender,
                family=FAMILIES[(draw >> 9) % 25],
                given=GIVEN[gender][(draw >> 16) % 11],
                born=DAYS[(draw >> 20) % BORN_LAST],
                practice=(draw >> 40) % practices,
                died=not plain and (draw >> 50) % 53 == 0,
                restricted=not plain and (draw >> 56) % 97 == 0,
                group=min(place // CLASS_SIZE, groups - 1),
            )
