"""A scanner of JSON text that knows where it is: for positions, repeated keys, and faults said in plain words.

The standard library reads JSON text ten times as fast, so this one is asked only when there is something to say.
It does not recurse, whatever the text.

Source: RFC 8259, http://www.rfc-editor.org/rfc/rfc8259
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from checker.fhir.forms.positions import Lines, Place
from checker.fhir.instance import Key

_SPACE = re.compile(r"[ \t\n\r]*+")
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?![0-9A-Za-z_.+-])"
_TOKEN = re.compile(
    r"[ \t\n\r]*+(?:"
    r"([{}\[\],:])"
    r'|("(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    rf"|({_NUMBER}|(?:true|false|null)(?![0-9A-Za-z_])))"
)
_WORD = re.compile(r"[^\W\d][\w$]*")
_NUMBER_LIKE = re.compile(r"[-+.0-9][0-9A-Za-z.+_-]*")
_STRING_START = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')

_VALUE, _KEY, _COLON, _AFTER = range(4)

_NOT_JSON_WORDS = {
    **dict.fromkeys(("NaN", "Infinity", "nan", "inf", "undefined"), "JSON has no '{0}': leave the element out"),
    **dict.fromkeys(("True", "TRUE"), "write true, in lower case, instead of {0}"),
    **dict.fromkeys(("False", "FALSE"), "write false, in lower case, instead of {0}"),
    **dict.fromkeys(("None", "NULL", "Null", "nil"), "JSON has no '{0}': leave the element out"),
}


class Fault(Exception):
    """The text is not JSON. ``offset`` is where, ``message`` says what stands there; ``depth`` tells of nesting."""

    def __init__(self, offset: int, message: str, *, depth: bool = False) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.depth = depth


class Repeated(NamedTuple):
    """A key that stands again in an object: the path with the key, and the offset of the later one."""

    path: tuple[Key, ...]
    offset: int


class Scan(NamedTuple):
    """``root`` holds the places of all values; ``repeated`` the keys that an object has more than once."""

    root: Place
    repeated: list[Repeated]


def scan(text: str, max_depth: int) -> Scan:
    """The places of all values of JSON text. Raises :class:`Fault` at the first thing that is not JSON."""
    match = _TOKEN.match
    holder = Place(0)
    members: dict[Key, Place] = {}
    holder.below = members
    stack: list[tuple[dict[Key, Place], bool, Key, int]] = []
    repeated: list[Repeated] = []
    place, key, is_object, start = members, "", False, 0
    index = 0
    state, opened, comma = _VALUE, False, -1
    at = 0
    while True:
        token = match(text, at)
        if token is None:
            raise _explain(text, at, state, stack, is_object, start, comma)
        at = token.end()
        if state == _VALUE:
            if token.lastindex == 1:
                sign = token.group(1)
                if sign in "{[":
                    begin = at - 1
                    made = Place(begin)
                    place[key if is_object else index] = made
                    if len(stack) >= max_depth:
                        raise Fault(begin, f"the text nests deeper than {max_depth} levels", depth=True)
                    stack.append((place, is_object, key if is_object else index, start))
                    made.below = place = {}
                    start, is_object, opened, index = begin, sign == "{", True, 0
                    state = _KEY if is_object else _VALUE
                    continue
                if sign == "]" and opened and not is_object:
                    place, is_object, above, start = stack.pop()
                    key, index = (str(above), 0) if is_object else ("", int(above))
                    state, opened = _AFTER, False
                    continue
                raise _explain(text, at - 1, state, stack, is_object, start, comma)
            place[key if is_object else index] = Place(token.start(token.lastindex or 0))
            state, opened = _AFTER, False
        elif state == _KEY:
            if token.lastindex == 2:
                name = token.group(2)
                key = json.loads(name) if "\\" in name else name[1:-1]
                if key in place:
                    repeated.append(Repeated((*_path(stack), key), token.start(2)))
                state, opened = _COLON, False
            elif opened and token.group(1) == "}":
                place, is_object, above, start = stack.pop()
                key, index = (str(above), 0) if is_object else ("", int(above))
                state, opened = _AFTER, False
            else:
                raise _explain(text, token.start(token.lastindex or 0), state, stack, is_object, start, comma)
        elif state == _COLON:
            if token.group(1) != ":":
                raise _explain(text, token.start(token.lastindex or 0), state, stack, is_object, start, comma)
            state = _VALUE
        else:
            sign = token.group(1)
            if sign == "," and stack:
                comma = at - 1
                index += 1
                state = _KEY if is_object else _VALUE
            elif stack and sign == ("}" if is_object else "]"):
                place, is_object, above, start = stack.pop()
                key, index = (str(above), 0) if is_object else ("", int(above))
            else:
                raise _explain(text, token.start(token.lastindex or 0), state, stack, is_object, start, comma)
        if state == _AFTER and not stack:
            end = _SPACE.match(text, at)
            if end is not None and end.end() == len(text):
                return Scan(members[0], repeated)
            raise _explain(text, end.end() if end else at, state, stack, is_object, start, comma)


def _path(stack: list[tuple[dict[Key, Place], bool, Key, int]]) -> list[Key]:
    return [key for _, _, key, _ in stack[1:]]


def _explain(
    text: str,
    at: int,
    state: int,
    stack: list[tuple[dict[Key, Place], bool, Key, int]],
    in_object: bool,
    start: int,
    comma: int,
) -> Fault:
    """Why the text at an offset is not JSON there."""
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    if at >= len(text):
        return Fault(at, _truncated(text, state, stack, in_object, start))
    here = text[at]
    if here == "/" and text[at + 1 : at + 2] in ("/", "*"):
        return Fault(at, "a comment stands here, and JSON has no comments")
    if here in "}]" and comma >= 0 and not text[comma + 1 : at].strip(" \t\n\r") and state in (_KEY, _VALUE):
        return Fault(comma, f"a comma stands before the closing {here}, and nothing follows it")
    if here in "}]" and stack and here != ("}" if in_object else "]") and state in (_AFTER, _KEY, _VALUE):
        opening = "{" if in_object else "["
        return Fault(at, f"{here} stands where the {opening} {_of(text, start)} should be closed")
    if here == '"' and (fault := _bad_string(text, at)) is not None:
        return fault
    if state == _AFTER:
        return _not_after(text, at, stack, in_object)
    if state == _COLON:
        return Fault(at, f"a colon should stand between a property and its value, and {_shown(text, at)} stands here")
    if state == _KEY:
        return _not_key(text, at)
    return _not_value(text, at)


def _truncated(
    text: str,
    state: int,
    stack: list[tuple[dict[Key, Place], bool, Key, int]],
    in_object: bool,
    start: int,
) -> str:
    if not stack:
        return "the file is empty" if not text.strip() else "the file ends too early"
    opening = "{" if in_object else "["
    what = "file" if "\n" in text.strip() else "text"
    return f"the {what} ends before the {opening} {_of(text, start)} is closed: part of it is missing"


def _of(text: str, offset: int) -> str:
    """The line of an offset, or its column where the text is one line: it may be one of many, in NDJSON."""
    place = Lines(text).position(offset)
    return f"of line {place.line}" if "\n" in text.strip() else f"in column {place.column}"


def _bad_string(text: str, at: int) -> Fault | None:
    found = _STRING_START.match(text, at)
    end = found.end() if found else at + 1
    if end >= len(text):
        return Fault(at, "the file ends within this text: the closing quotation mark is missing")
    here = text[end]
    if here == '"':
        return None
    if here == "\\":
        return Fault(end, f'{text[end : end + 2]} is no escape of JSON (\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u1234 are)')
    if here in "\r\n":
        return Fault(end, "a line ends within a text: write \\n, or close the quotation marks")
    return Fault(end, f"the control character U+{ord(here):04X} stands within a text: write \\u{ord(here):04x}")


def _not_after(text: str, at: int, stack: list[tuple[dict[Key, Place], bool, Key, int]], in_object: bool) -> Fault:
    if not stack:
        return Fault(at, f"{_shown(text, at)} stands after the end of the resource")
    if text[at] in '"{[-0123456789' or _WORD.match(text, at):
        return Fault(at, f"a comma is missing before {_shown(text, at)}")
    closing = "}" if in_object else "]"
    return Fault(at, f"{_shown(text, at)} stands here, where a comma or {closing} should")


def _not_key(text: str, at: int) -> Fault:
    if text[at] in "'`‘’“”„":
        return Fault(at, f"{text[at]} stands here: the name of a property stands in straight double quotation marks")
    if word := _WORD.match(text, at):
        return Fault(at, f"the name '{word.group()[:40]}' stands without quotation marks")
    return Fault(at, f"{_shown(text, at)} stands here, where the name of a property should")


def _not_value(text: str, at: int) -> Fault:
    here = text[at]
    if here in "'`‘’“”„":
        return Fault(at, f"{here} stands here: a text stands in straight double quotation marks")
    if word := _WORD.match(text, at):
        said = _NOT_JSON_WORDS.get(word.group())
        name = word.group()[:40]
        return Fault(at, said.format(name) if said else f"'{name}' stands without quotation marks")
    if here in "-+.0123456789" and (number := _NUMBER_LIKE.match(text, at)):
        return Fault(at, _not_number(number.group()[:40]))
    return Fault(at, f"{_shown(text, at)} stands here, where a value should")


def _not_number(text: str) -> str:
    if text.lstrip("-+") in ("Infinity", "NaN", "inf"):
        return f"JSON has no '{text}': leave the element out"
    if text.startswith("+"):
        return f"'{text}' is no JSON number: it may not begin with +"
    if re.match(r"-?0[0-9]", text):
        return f"'{text}' is no JSON number: it may not begin with 0 (a number that is an identifier is a text)"
    if text.startswith((".", "-.")):
        return f"'{text}' is no JSON number: a digit stands before the point"
    if re.fullmatch(r"-?[0-9]+\.", text):
        return f"'{text}' is no JSON number: a digit stands after the point"
    if re.match(r"-?[0-9]+[-T:/]", text):
        return f"'{text}' is no JSON number: a date or time stands in quotation marks"
    return f"'{text}' is no JSON number"


def _shown(text: str, at: int) -> str:
    here = text[at]
    if here == '"':
        return text[at : at + 20].splitlines()[0]
    if here.isprintable() and not here.isspace():
        return here
    return f"the character U+{ord(here):04X}"
