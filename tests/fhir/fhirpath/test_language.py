"""The language by itself: each row is an expression and what the specification says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checker.fhir.fhirpath import Environment, FHIRPathError, FHIRPathSyntaxError, evaluate, parse
from checker.fhir.fhirpath.functions.conversions import to_string

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


def texts(expression: str, focus: list[Any] | None = None) -> list[str | None]:
    return [to_string(item) or str(item) for item in evaluate(expression, focus or [], Environment(now=NOW))]


TRUE = [
    # precedence
    "1 + 2 * 3 = 7",
    "(1 | 2 | 3).count() = 3 and true",
    "true or false and false",
    "false implies false and true",
    "-1.abs() = -1",
    "-(1).abs() = -1",
    "'a' & 'b' = 'ab'",
    "1 | 2 = 1 | 2",
    "1 in 1 | 2 and 3 > 2",
    "(true xor false implies false) = false",
    "10 - 3 - 2 = 5",
    "7 div 2 * 2 = 6",
    "(2 > 1) is Boolean",
    # three-valued logic
    "({} and false) = false",
    "({} and true).empty()",
    "({} or {}).empty()",
    "({} implies true) = true",
    "({} implies false).empty()",
    "(true implies {}).empty()",
    "false implies {}",
    "{}.not().empty()",
    "('x' and true) = true",
    "1.not() = false",
    "0.not() = false",
    # strings and escapes
    r"'\'' = '\u0027'",
    r"'\u0065' = 'e'",
    r"'\p' = 'p'",
    r"'a\\b'.length() = 3",
    r"'\r\n\t\f'.length() = 4",
    r"'\`' = '`'",
    "'abcdefg'.substring(3) = 'defg'",
    "'abcdefg'.substring(7, 1).empty()",
    "'abcdefg'.indexOf('x') = -1",
    "'abcdefg'.indexOf('') = 0",
    "'abcabc'.lastIndexOf('b') = 4",
    "'abc'.replace('', 'x') = 'xaxbxcx'",
    "'abc'.replace('b', '') = 'ac'",
    "''.startsWith('')",
    "'abc'.contains('')",
    "'abc'.endsWith('bc')",
    "'  a b '.trim() = 'a b'",
    "'a,b'.split(',').join('-') = 'a-b'",
    "('a' | 'b').join() = 'ab'",
    "'abc'.toChars().count() = 3",
    "{}.upper().empty()",
    "'abc'.matches('^b').not()",
    "'abc'.matches('b')",
    "'abc'.matchesFull('b').not()",
    "'abc'.matches('(a+)+$').not()",
    r"'11/30/1972'.replaceMatches('\\b(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{2,4})\\b', "
    "'${day}-${month}-${year}') = '30-11-1972'",
    "'a' + {} = {} or ('a' + {}).empty()",
    "('a' & {}) = 'a'",
    # numbers
    "1 / 2 = 0.5",
    "1 / 0 = {} or (1 / 0).empty()",
    "(5 mod 0).empty()",
    "-7 div 2 = -3",
    "-7 mod 2 = -1",
    "5.5 div 0.7 = 7",
    "5.5 mod 0.7 = 0.6",
    "(2147483647 + 1).empty()",
    "1.0 = 1",
    "1.00 ~ 1",
    "0.1 + 0.2 = 0.3",
    "1.2 / 1.8 = 0.66666667",
    "2.power(-1) = 0.5",
    "10.power(400).empty()",
    "81.sqrt() = 9.0",
    "(-1).sqrt().empty()",
    "1.ln() = 0.0",
    "16.log(2) = 4.0",
    "1.1.ceiling() = 2",
    "(-1.1).ceiling() = -1",
    "(-2.1).floor() = -3",
    "(-1.56).truncate() = -1",
    "0.5.round() = 1",
    "3.14159.round(3) = 3.142",
    "(-5 'mg').abs() = 5 'mg'",
    # conversions
    "'1'.toInteger() = 1 and '+1'.toInteger() = 1",
    "'1.0'.toInteger().empty()",
    "true.toInteger() = 1",
    "1.0.toInteger().empty()",
    "'99999999999'.toInteger().empty()",
    "'yes'.toBoolean() and 'N'.toBoolean() = false",
    "2.toBoolean().empty()",
    "'maybe'.convertsToBoolean() = false",
    "true.toDecimal() = 1.0",
    "'1.e'.toDecimal().empty()",
    "'2015-02-30'.toDate().empty()",
    "@2015-02-04T14:34:28Z.toDate() = @2015-02-04",
    "'2015-02-04T14'.convertsToDateTime()",
    "@2015.toDateTime() is DateTime",
    "'14:34'.toTime() = @T14:34",
    "'2015-02-04T14:34'.convertsToDate() = false",
    "'T14:34'.convertsToTime() = false",
    "'25:00'.convertsToTime() = false",
    "1.toQuantity() = 1 '1'",
    "'4 days'.toQuantity() = 4 days",
    "'1 \\'wk\\''.convertsToQuantity()",
    "'1 wk'.convertsToQuantity() = false",
    "'1000 \\'mg\\''.toQuantity('g') = 1 'g'",
    "1 year.toString() = '1 year'",
    "5.5 'mg'.toString() = '5.5 \\'mg\\''",
    "true.toString() = 'true'",
    "{}.convertsToInteger().empty()",
    # dates and times
    "(@2012 = @2012-01).empty()",
    "@2012 != @2013",
    "@2012-01-01T10:00:00.0Z = @2012-01-01T12:00:00+02:00",
    "@2012-01-01 < @2012-01-03T00:00:00Z",
    "(@2012-01-01 < @2012-01-01T00:00:00Z).empty()",
    "@2012-01-01 < @2012-01-02T05:00:00Z",
    "@2012-01-01T10:00:00 < @2012-01-01T10:00:01Z",
    "(@2012-01-01T10:00:00 = @2012-01-01T10:00:00Z).empty()",
    "@2012-01-01T10:00:00 != @2012-01-03T10:00:00Z",
    "(@2012-01 ~ @2012) = false",
    "@T10:30 < @T10:31",
    "@T10:00:00 = @T10:00:00.000",
    "(@2018-03-01 > @2018-03).empty()",
    "@2014 + 24 months = @2016",
    "@2014 + 25 months = @2016",
    "@2016-02-29 + 1 year = @2017-02-28",
    "@2014-01-31 + 1 month = @2014-02-28",
    "@2014-03-31 - 1 month = @2014-02-28",
    "@2014-01 - 2 months = @2013-11",
    "@T23:59 + 2 minutes = @T00:01",
    "@T00:30:00 - 1 hour = @T23:30:00",
    "@2014-12-31T23:59:59.999Z + 1 millisecond = @2015-01-01T00:00:00.000Z",
    "(@9999 + 1 year).empty()",
    "now() = now() and today() = @2026-01-02",
    "timeOfDay() = @T03:04:05.678",
    "@2014-01-05T10:30:00.000.precision() = 17",
    "@2014.precision() = 4 and @T10:30.precision() = 4",
    "1.58700.precision() = 5",
    "@2014.lowBoundary() = @2014-01-01",
    "@2014-02.highBoundary() = @2014-02-28",
    # quantities
    "4.0000 'g' = 4000.0 'mg'",
    "4 'g' ~ 4040 'mg'",
    "4 'g' != 4040 'mg'",
    "7 days = 1 week and 7 days = 1 'wk'",
    "1 year = 12 months",
    "(1 year = 1 'a').empty()",
    "1 year ~ 1 'a'",
    "1 second = 1 's'",
    "6 days < 1 week",
    "1 'cm' = 1 's' or true",
    "(1 'cm' < 1 's').empty()",
    "2.0 'cm' * 2.0 'm' = 0.040 'm2'",
    "4.0 'g' / 2.0 'm' = 2 'g/m'",
    "1.0 'm' / 1.0 'm' = 1 '1'",
    "3 'm' + 3 'cm' = 303 'cm'",
    "37 'Cel' = 310.15 'K'",
    "1 'cm'.comparable(1 '[in_i]')",
    "2 * 3 'mg' = 6 'mg'",
    "(1 'g' | 1000 'mg' | 1 'L' | 1 '1' | 1 | 37 'Cel' | 310.15 'K' | 1 'x' | 1 'x' | 1 'y').count() = 6",
    "(1 week | 7 days | 168 'h' | 1 year | 12 months | 1 'a').count() = 3",
    "(@2012-01-01T10:00:00Z | @2012-01-01T12:00:00+02:00 | @2012 | @2012 | @2012-01 | @T10 | @T10).count() = 4",
    # collections
    "(1 | 1 | 2).count() = 2",
    "(1).combine(1).isDistinct() = false",
    "(1 | 2 | 3).intersect(2 | 3 | 4) = (2 | 3)",
    "(1).combine(2).combine(1).exclude(2).count() = 2",
    "(1 | 2).subsetOf(1 | 2 | 3) and (1 | 2 | 3).supersetOf(1 | 2)",
    "{}.subsetOf({}) and {}.supersetOf({})",
    "(1 | 2 | 3)[1] = 2",
    "(1 | 2)[5].empty()",
    "(1 | 2 | 3).skip(-1).count() = 3",
    "(1 | 2 | 3).take(-1).empty()",
    "(1 | 2 | 3).tail() = (2 | 3)",
    "(1 | 2 | 3).last() = 3",
    "{}.single().empty()",
    "(1 | 2) != (1 | 3)",
    "((1 | 2) = (2 | 1)) = false",
    "(1 | 2) ~ (2 | 1)",
    "({} in (1 | 2)).empty()",
    "(1 in {}) = false",
    "({} contains 1) = false",
    "(1 | 2 | 3).where($index > 0) = (2 | 3)",
    "(1 | 2 | 3).select($this * 2) = (2 | 4 | 6)",
    "(1 | 2 | 3).aggregate($this + $total, 0) = 6",
    "(3 | 1 | 2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total))) = 1",
    "(1 | 2 | 3).aggregate($total.combine($index)) = (0 | 1 | 2)",
    "(1 | 2).all($this > 0) and {}.all(false)",
    "(1 | 2).exists($this > 1)",
    "1.repeat(iif($this < 5, $this + 1, {})).count() = 4",
    "(3 | 1 | 2).sort() = (1 | 2 | 3)",
    # types
    "1 is Integer and 1.0 is Decimal and 'a' is String and @2012 is Date and @2012T is DateTime and @T10 is Time",
    "1 'mg' is Quantity and 1 'mg' is System.Quantity",
    "1.is(System.Any)",
    "(1 as String).empty()",
    "(1 | 'a' | true).ofType(String) = 'a'",
    "1.type().name = 'Integer' and 1.type().namespace = 'System'",
    "(1 is Integer).type().name = 'Boolean'",
    # utility
    "iif(true, 1, 1 / 'a') = 1",
    "iif({}, 1, 2) = 2",
    "1.defineVariable('v', 5).select(%v + 1) = 6",
    "(1 | 2).select(defineVariable('v', $this).select(%v + %v)) = (2 | 4)",
    "1.trace('x') = 1",
    "'dGVzdA=='.decode('base64') = 'test'",
    "'test'.encode('hex') = '74657374'",
    "%`ext-birthPlace` = 'http://hl7.org/fhir/StructureDefinition/birthPlace'",
    "%'vs-x' = 'http://hl7.org/fhir/ValueSet/x'",
]


@pytest.mark.parametrize("expression", TRUE)
def test_is_true(expression: str) -> None:
    assert texts(expression) == ["true"]


ERRORS = [
    "1 + 'a'",
    "'a' - 'b'",
    "1 > 'a'",
    "true > false",
    "(1 | 2) + 1",
    "(1 | 2) and true",
    "(1 | 2).single()",
    "(1 | 2).toString()",
    "(1 | 2) in (1 | 2)",
    "1.length()",
    "nothing()",
    "1.count(2)",
    "%nothing",
    "1 is Nonsense.Thing",
    "-'a'",
    "('a' | 'b').upper()",
    "1 & 'b'",
    "(1 | 'a').allTrue()",
    "@2012 + 7",
    "@2012-01-01 + 1 'cm'",
    "@T10:00 + 1 day",
    "@2012 < @T10",
    "1.repeat($this + 1)",
    "'a'.matches('(')",
    "1.round(-1)",
    "defineVariable('v').defineVariable('v')",
    "defineVariable('context')",
    "defineVariable('v', 1) | %v",
    "(1 | 2)['a']",
]


@pytest.mark.parametrize("expression", ERRORS)
def test_raises(expression: str) -> None:
    with pytest.raises(FHIRPathError):
        evaluate(expression, [], Environment(now=NOW))


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("2 + 2 /", 7),
        ("a..b", 2),
        ("", 0),
        ("(1", 2),
        ("'open", 0),
        ("1 /* open", 2),
        ("a b", 2),
        ("@2012-13-01", 0),
        ("@T25:00", 0),
        ("@T14:34:28Z", 10),
        ("{1}", 1),
        ("a is 1", 5),
        ("$that", 0),
        ("1 = = 2", 4),
        ("f(1,)", 4),
        ("a[", 2),
        ('"double"', 0),
    ],
)
def test_syntax_errors_have_a_position(expression: str, position: int) -> None:
    with pytest.raises(FHIRPathSyntaxError) as caught:
        parse(expression)
    assert caught.value.position == position


def test_a_keyword_after_a_dot_is_a_name() -> None:
    assert parse("text.div.exists()").root.depth == 3


@pytest.mark.parametrize(
    "expression",
    ["(" * 5000 + "1" + ")" * 5000, "-" * 5000 + "1", "a" + ".b" * 5000, "1" + "+1" * 5000, "a" * 60_000, "1" * 40],
)
def test_hostile_expressions_are_refused(expression: str) -> None:
    with pytest.raises(FHIRPathSyntaxError):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("@2014-01-25T14:30:14.559+01:00", ["2014-01-25T14:30:14.559+01:00"]),
        ("@2015T", ["2015"]),
        ("1.50", ["1.50"]),
        ("@2014-01-01T08 + 90 minutes", ["2014-01-01T09"]),
        ("(1 | 2).type()", ["System.Integer", "System.Integer"]),
        ("12 'cm' * 3 'cm'", ["36 'cm2'"]),
        ("12 'cm2' / 3 'cm'", ["4 'cm'"]),
        ("1 day + 12 hours", ["36 hours"]),
    ],
)
def test_values(expression: str, expected: list[str]) -> None:
    assert texts(expression) == expected


def test_trace_reaches_its_sink() -> None:
    seen: list[tuple[str, list[Any]]] = []
    env = Environment(trace=lambda name, items: seen.append((name, list(items))))
    assert evaluate("(1 | 2).trace('all').trace('more', $this + 1).count()", [], env) == [2]
    assert seen == [("all", [1, 2]), ("more", [2, 3])]


def test_what_the_environment_has_not_is_an_error() -> None:
    for expression in ("now()", "'a'.memberOf('http://example.org')", "'a'.htmlChecks()", "'a'.subsumes('b')"):
        with pytest.raises(FHIRPathError):
            evaluate(expression, [])
