"""FHIR XML: the same model as JSON, faults with their place, and nothing that a hostile file could use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.fhir.forms.xml_form import read_xml
from tests.fhir.forms.bench import form
from tests.fhir.published import core, needs_core

pytestmark = needs_core

NS = 'xmlns="http://hl7.org/fhir"'


def read(body: str, kind: str = "Patient") -> Any:
    return read_xml(f"<{kind} {NS}>{body}</{kind}>".encode(), core())


MODELS: list[tuple[str, str, dict[str, Any]]] = [
    ("Patient", '<active value="true"/><gender value="male"/>', {"active": True, "gender": "male"}),
    ("Patient", '<id value="a"/><multipleBirthInteger value="2"/>', {"id": "a", "multipleBirthInteger": 2}),
    (
        "Patient",
        '<name id="n"><family value="A"/><given value="B"/><given value="C" id="c"/></name>'
        '<name><text value="x"/></name>',
        {"name": [{"id": "n", "family": "A", "given": ["B", "C"], "_given": [None, {"id": "c"}]}, {"text": "x"}]},
    ),
    (
        "Patient",
        '<birthDate><extension url="http://x"><valueCode value="a"/></extension></birthDate>',
        {"_birthDate": {"extension": [{"url": "http://x", "valueCode": "a"}]}},
    ),
    (
        "Patient",
        '<name><given><extension url="http://x"><valueCode value="a"/></extension></given></name>',
        {"name": [{"_given": [{"extension": [{"url": "http://x", "valueCode": "a"}]}]}]},
    ),
    (
        "Observation",
        '<valueQuantity><value value="1.00"/><unit value=" kg&#10;"/></valueQuantity>',
        {"valueQuantity": {"value": Decimal("1.00"), "unit": " kg\n"}},
    ),
    (
        "Patient",
        f'<contained><Group {NS}><id value="g"/></Group></contained><contained><Basic/></contained>',
        {"contained": [{"resourceType": "Group", "id": "g"}, {"resourceType": "Basic"}]},
    ),
    (
        "Bundle",
        '<entry><resource><Patient><active value="false"/></Patient></resource></entry>',
        {"entry": [{"resource": {"resourceType": "Patient", "active": False}}]},
    ),
    (
        "Patient",
        '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml" class="a&quot;b">x &lt; '
        "<b>y</b><br></br><!-- c --><![CDATA[<z>]]>&#160;</div></text>",
        {
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml" class="a&quot;b">x &lt; <b>y</b><br/>'
                "<!-- c -->&lt;z&gt;\u00a0</div>",
            }
        },
    ),
    (
        "Patient",
        '<text><h:div xmlns:h="http://www.w3.org/1999/xhtml" xml:lang="en"><h:p>x</h:p><p>y</p></h:div></text>',
        {
            "text": {
                "div": '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><p>x</p>'
                '<p xmlns="http://hl7.org/fhir">y</p></div>'
            }
        },
    ),
    (
        "Patient",
        '<active value="yes"/><multipleBirthInteger value="02"/>',
        {"active": "yes", "multipleBirthInteger": "02"},
    ),
    ("Patient", "<!-- nothing --> ", {}),
]


@pytest.mark.parametrize(("kind", "body", "model"), MODELS, ids=lambda v: str(v)[:30])
def test_the_model_is_that_of_json(kind: str, body: str, model: dict[str, Any]) -> None:
    parsed = read(body, kind)
    assert parsed.issues == ()
    assert parsed.resource == {"resourceType": kind, **model}
    assert list(parsed.resource)[1:] == list(model)


def test_numbers_keep_their_text() -> None:
    parsed = read('<valueQuantity><value value="1.00"/></valueQuantity>', "Observation")
    assert str(parsed.resource["valueQuantity"]["value"]) == "1.00"


FAULTS = [
    ('<active value="true" note="x"/>', "xml-unknown-attribute", "Patient.active", "attribute 'note'"),
    ('<name value="x"><family value="A"/></name>', "xml-unknown-attribute", "Patient.name[0]", "attribute 'value'"),
    ('<name url="x"><family value="A"/></name>', "xml-unknown-attribute", "Patient.name[0]", "attribute 'url'"),
    ('<active xml:id="a" value="true"/>', "xml-unknown-attribute", "Patient.active", "xml:id"),
    ('<birthdate value="1970"/>', "xml-unknown-element", "Patient.birthdate", "'birthDate' is meant, it seems"),
    ('<animal><name value="x"/></animal>', "xml-unknown-element", "Patient.animal", "no element 'animal'"),
    (
        '<birthDate value="1970"><value value="x"/></birthDate>',
        "xml-unknown-element",
        "Patient.birthDate.value",
        "value",
    ),
    ('<deceasedDate value="1970"/>', "choice-type", "Patient.deceased.ofType(date)", "only boolean, dateTime"),
    ("<name><family>Smith</family><text value='x'/></name>", "xml-text", "Patient.name[0].family", "'Smith'"),
    ('text<active value="true"/>', "xml-text", "Patient", "'text'"),
    ('<active value="true"/><![CDATA[ ]]>', "xml-cdata", "Patient", "CDATA"),
    ('<active value="true"/><?do it?>', "xml-processing-instruction", "Patient", "<?do"),
    ("<active/>", "xml-empty-element", "Patient.active", "neither a value"),
    ("<name/>", "xml-empty-element", "Patient.name[0]", "no content"),
    ("<contained/>", "xml-empty-element", "Patient.contained[0]", "no resource"),
    ('<gender value="male"/><active value="true"/>', "xml-order", "Patient.active", "stands after 'gender'"),
    ('<name><given value="A"/><family value="B"/></name>', "xml-order", "Patient.name[0].family", "after 'given'"),
    ('<active value="true"/><active value="true"/>', "xml-repeated-element", "Patient.active", "again"),
    ("<contained><Basic/><Basic/></contained>", "xml-one-resource", "Patient.contained[0]", "second resource"),
    ('<active xmlns="urn:x" value="true"/>', "xml-namespace", "Patient.active", "urn:x"),
    ("<text><div>x</div></text>", "xml-namespace", "Patient.text.div", "http://www.w3.org/1999/xhtml"),
]


@pytest.mark.parametrize(("body", "rule", "path", "words"), FAULTS, ids=lambda v: v[:30])
def test_faults(body: str, rule: str, path: str, words: str) -> None:
    parsed = read(body)
    assert parsed.resource is not None
    first = parsed.issues[0]
    assert (first.rule, first.path, first.severity) == (rule, path, "error")
    assert words in first.message
    assert first.line == 1


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'

FATAL = [
    (b"", "xml-syntax", "ends before"),
    (b"<Patient", "xml-syntax", "within a tag"),
    (f"<Patient {NS}><active></Patient>".encode(), "xml-syntax", "closing tag"),
    (f"<Patient {NS}>&nbsp;</Patient>".encode(), "xml-syntax", "&nbsp; is used and never declared"),
    (f"<Patient {NS}>& x</Patient>".encode(), "xml-syntax", "well-formed"),
    (f"<Patient {NS}>\x01</Patient>".encode(), "xml-syntax", "well-formed"),
    (f"<Patient {NS}>&#1;</Patient>".encode(), "xml-syntax", "character reference"),
    (f"<Patient {NS}/><Patient/>".encode(), "xml-syntax", "after the end"),
    (f'<Patient {NS}><active value="a" value="b"/></Patient>'.encode(), "xml-syntax", "twice"),
    (f" <?xml version='1.0'?><Patient {NS}/>".encode(), "xml-syntax", "very start"),
    (f"<?xml version='1.0' encoding='klingon'?><Patient {NS}/>".encode(), "xml-syntax", "encoding"),
    (f"<Patient {NS}><x:a/></Patient>".encode(), "xml-syntax", "prefix"),
    (f"<Patient {NS}><id value='\xe9'/></Patient>".encode("latin-1"), "xml-syntax", "well-formed"),
    (f"{BOMB}<Patient {NS}>&b;</Patient>".encode(), "xml-doctype", "DOCTYPE"),
    (f'<!DOCTYPE Patient SYSTEM "file:///etc/passwd"><Patient {NS}/>'.encode(), "xml-doctype", "DOCTYPE"),
    (b"<Patient/>", "xml-root-namespace", "no namespace"),
    (b'<Patient xmlns="urn:hl7-org:v3"/>', "xml-root-namespace", "urn:hl7-org:v3"),
    (f"<Bundle {NS}>".encode() + b"<entry>" * 200_000, "xml-depth", "deeper than 100"),
]


@pytest.mark.parametrize(("data", "rule", "words"), FATAL, ids=lambda v: str(v)[:40])
def test_what_cannot_be_read_is_fatal(data: bytes, rule: str, words: str) -> None:
    parsed = read_xml(data, core())
    assert parsed.resource is None
    issue = parsed.issues[-1]
    assert (issue.rule, issue.severity) == (rule, "fatal")
    assert words in issue.message
    assert issue.line


def test_a_size_limit() -> None:
    (issue,) = read_xml(f"<Patient {NS}/>".encode(), core(), max_size_bytes=5).issues
    assert issue.rule == "xml-size"


def test_other_encodings_are_read_and_are_an_error() -> None:
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><Patient {NS}><id value="é"/></Patient>'
    parsed = read_xml(text.encode("latin-1"), core())
    assert parsed.resource == {"resourceType": "Patient", "id": "é"}
    assert [(issue.rule, issue.severity) for issue in parsed.issues] == [("xml-encoding", "error")]
    parsed = read_xml(f'<Patient {NS}><id value="é"/></Patient>'.encode("utf-16"), core())
    assert [issue.rule for issue in parsed.issues] == ["xml-encoding"]
    assert read_xml(b"\xef\xbb\xbf" + f"<Patient {NS}/>".encode(), core()).issues == ()


def test_the_schema_instance_namespace_is_an_error() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir a.xsd"'
    (issue,) = read_xml(f"<Patient {NS} {xsi}/>".encode(), core()).issues
    assert (issue.rule, issue.path) == ("xml-unknown-attribute", "Patient")
    assert "xsi:schemaLocation" in issue.message


def test_what_is_wrong_with_a_value_is_left_to_the_check_of_values() -> None:
    parsed = read('<active value="yes"/><birthDate value=""/><multipleBirthInteger value="+2"/>')
    assert parsed.issues == ()
    assert [(issue.rule, issue.path) for issue in form(parsed.resource)] == [
        ("primitive-boolean", "Patient.active"),
        ("primitive-empty", "Patient.birthDate"),
    ]
    assert [issue.rule for issue in form(read("", "Nothing").resource)] == ["resource-type-unknown"]
    parsed = read('<contained><Nothing><x/></Nothing></contained><active value="true"/>')
    assert parsed.resource["active"] is True
    assert [issue.path for issue in form(parsed.resource)] == ["Patient.contained[0]"]


def test_positions() -> None:
    text = f"""<Bundle {NS}>
  <entry>
    <resource>
      <Patient>
        <name>
          <given value="A"/>
          <given value="B"><extension url="http://x">
            <valueCode value="a"/></extension></given>
        </name>
        <deceasedBoolean value="true"/>
      </Patient>
    </resource>
  </entry>
</Bundle>"""
    parsed = read_xml(text.encode(), core())
    at = ("entry", 0, "resource")
    assert parsed.locate(()) == (1, 1)
    assert parsed.locate(("entry", 0)) == (2, 3)
    assert parsed.locate(at) == (3, 5)
    assert parsed.locate((*at, "name", 0, "given", 1)) == (7, 11)
    assert parsed.locate((*at, "name", 0, "_given", 1, "extension", 0, "valueCode")) == (8, 13)
    assert parsed.locate((*at, "deceasedBoolean", "x")) == (10, 9)
    assert parsed.locate((*at, "birthDate")) == (3, 5)


GOOD = f"""<?xml version="1.0" encoding="UTF-8"?><Patient {NS}><id value="a"/><text><status value="generated"/>
<div xmlns="http://www.w3.org/1999/xhtml"><p>x<br/></p></div></text>
<contained><Basic><id value="b"/></Basic></contained>
<name><given value="A"/><given><extension url="http://x"><valueCode value="a"/></extension></given></name>
<deceasedBoolean value="true"/></Patient>"""


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 12),
    st.text(alphabet="<>/&;\"'= axmln:?![]-CDATA", max_size=6)
    | st.sampled_from(["<x/>", "<Basic/>", "<div>", "</name>"]),
)
def test_a_changed_text_never_raises(at: int, gone: int, here: str) -> None:
    parsed = read_xml((GOOD[:at] + here + GOOD[at + gone :]).encode(), core())
    assert (parsed.resource is None) == any(issue.severity == "fatal" for issue in parsed.issues)
    if parsed.resource is not None:
        form(parsed.resource)
        assert parsed.locate(("name", 0, "given", 1)) is not None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50))
def test_bytes_never_raise(data: bytes) -> None:
    assert read_xml(data, core()).resource is None
