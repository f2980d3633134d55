"""supplier.toml and supplier options: what becomes of them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from checker.engine.supplier_file import (
    SupplierFile,
    SupplierOptions,
    above_s1_faults,
    from_options,
    load_supplier,
    merge,
    read_supplier,
    with_mappings,
)
from checker.engine.supplier_template import template
from checker.errors import SupplierFault
from checker.model.supplier import Authority, Supplier
from checker.probes.config import SecretRef

FULL = """\
[supplier]
name = "Example Ltd"
product = "Record"
version = "1.10"
environment = "test"

[endpoint]
base-url = "https://fhir.example/r4/"
token-url = "https://auth.example/token"

[identity.default]
kind = "private-key-jwt"
client-id = "abc"
key-file = "key.pem"
key-id = "k1"
algorithm = "ES384"

[identity.other]
kind = "api-key"
header = "X-Key"
secret-env = "OTHER_KEY"

[identity.mutual]
kind = "client-certificate"
certificate-file = "c.pem"
certificate-key-env = "C_KEY"

[[artefact]]
id = "night"
kind = "export"
path = "export"

[[artefact]]
id = "log"
kind = "audit-log"
url = "https://fhir.example/log?day=1"

[authority]
authorised-by = "A. Person"
hosts = ["FHIR.example"]
window-start = 2026-11-30T09:00:00Z
window-end = "2026-11-30T17:00:00+00:00"
contacts = ["on-call@example"]
test-number-ranges = [["9990000000", "9990009999"]]

[limits]
requests-per-s = 1.5
max-requests = 40

[network]
proxy = "http://proxy.example:3128"
ca-bundle = "roots.pem"
trust = "system"
"""

MINIMAL = '[supplier]\nname = "Example"\n\n[endpoint]\nbase-url = "https://fhir.example/r4"\n'


def read(text: str) -> SupplierFile:
    return read_supplier(text.encode(), "supplier.toml", Path("root"))


def fault(text: str) -> SupplierFault:
    with pytest.raises(SupplierFault) as caught:
        read(text)
    assert caught.value.next_step, "every fault says what to do"
    return caught.value


def test_a_full_file() -> None:
    found = read(FULL)
    supplier = found.supplier
    assert (supplier.name, supplier.product, supplier.version, supplier.environment) == (
        "Example Ltd",
        "Record",
        "1.10",
        "test",
    )
    assert supplier.base_url == "https://fhir.example/r4"
    assert [(one.name, one.kind) for one in supplier.identities] == [
        ("default", "private-key-jwt"),
        ("other", "api-key"),
        ("mutual", "client-certificate"),
    ]
    assert [(one.id, one.kind, one.location) for one in supplier.artefacts] == [
        ("night", "export", "export"),
        ("log", "audit-log", "https://fhir.example/log?day=1"),
    ]
    assert supplier.authority.window_start == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert supplier.authority.window_end == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert supplier.authority.hosts == ("fhir.example",)
    assert supplier.authority.test_number_ranges == (("9990000000", "9990009999"),)
    assert found.notes == ()


def test_identities_by_reference() -> None:
    default, other, mutual = read(FULL).identities
    assert (default.client_id, default.key_id, default.algorithm) == ("abc", "k1", "ES384")
    assert default.token_url == "https://auth.example/token"
    assert default.key == SecretRef(file=str(Path("root").absolute() / "key.pem"))
    assert other.secret == SecretRef(env="OTHER_KEY")
    assert other.header == "X-Key"
    assert mutual.certificate == SecretRef(file=str(Path("root").absolute() / "c.pem"))
    assert mutual.certificate_key == SecretRef(env="C_KEY")


def test_limits_and_network() -> None:
    found = read(FULL)
    assert (found.limits.requests_per_s, found.limits.max_requests, found.limits.retries) == (1.5, 40, 2)
    assert found.network.proxy == "http://proxy.example:3128"
    assert found.network.ca_bundle == str(Path("root").absolute() / "roots.pem")
    assert found.network.trust == "system"


def test_http_is_allowed_and_said() -> None:
    found = read(MINIMAL.replace("https", "http"))
    assert found.supplier.base_url == "http://fhir.example/r4"
    assert "nothing that is sent or received is encrypted" in found.notes[0]


@pytest.mark.parametrize(
    ("old", "new", "what", "where", "told"),
    [
        ("base-url", "base-ur", "unknown key 'base-ur'", ":5", "'base-url'"),
        ("[endpoint]", "[endpont]", "unknown key 'endpont'", ":4", "'endpoint'"),
        ('name = "Example"', "name = 5", "'name' must be text, not 5", ":2", "quotes"),
        ('name = "Example"', "", "'name' is missing", ":1", "Add 'name'"),
        ('name = "Example"', 'name = "Example', "not valid TOML", ":2", "Mend"),
        ("https://fhir.example/r4", "fhir.example/r4", "does not begin with https", ":5", "https://fhir.example/r4"),
        ("https://fhir.example/r4", "ftp://fhir.example/r4", "does not begin with https", ":5", "https"),
        ("https://fhir.example/r4", "https:///r4", "names no host", ":5", "https"),
        ("https://fhir.example/r4", "https://me:pass@fhir.example", "user name or password", ":5", "https"),
        ("https://fhir.example/r4", "https://fhir.example/?x=1", "query or fragment", ":5", "Leave off"),
        ("https://fhir.example/r4", "https://fhir.example/#x", "query or fragment", ":5", "Leave off"),
        (
            "https://fhir.example/r4",
            "https://fhir.example:port/",
            "cannot be used: its host or port",
            ":5",
            "https://host/path",
        ),
        ("https://fhir.example/r4", "https://fhir .example/", "blank", ":5", "https"),
    ],
)
def test_refused_with_line_and_advice(old: str, new: str, what: str, where: str, told: str) -> None:
    found = fault(MINIMAL.replace(old, new, 1))
    assert what in found.what
    assert found.where == f"supplier.toml{where}"
    assert told in found.next_step


@pytest.mark.parametrize("key", ["secret", "token", "password", "client-secret", "api-key"])
def test_an_inline_secret_is_refused_and_not_repeated(key: str) -> None:
    found = fault(MINIMAL + f'\n[identity.default]\nkind = "bearer"\n{key} = "hunter2-hunter2"\n')
    assert "'secret-env'" in found.next_step
    assert "'secret-file'" in found.next_step
    assert found.where == "supplier.toml:9"
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("table", "what", "told"),
    [
        ('kind = "bearer"', "has no secret", "secret-env"),
        ('kind = "client-credentials"\nsecret-env = "S"', "has no client-id", "client-id"),
        ('kind = "client-credentials"\nsecret-env = "S"\nclient-id = "x"', "has no token-url", "token-url"),
        ('kind = "private-key-jwt"\nclient-id = "x"', "has no key", "key-env"),
        ('kind = "client-certificate"\ncertificate-file = "c"', "has no certificate-key", "certificate-key-env"),
        ('kind = "bearer"\nsecret-env = "S"\nsecret-file = "f"', "both given", "Keep the one"),
        ('kind = "bearr"\nsecret-env = "S"', "is no 'kind'", "'bearer'"),
        ('kind = "bearer"\nsecret-env = "$S"', "'secret-env' does not fit", "without $"),
    ],
)
def test_identities_that_cannot_work(table: str, what: str, told: str) -> None:
    found = fault(MINIMAL + f"\n[identity.default]\n{table}\n")
    assert what in found.what
    assert told in found.next_step


@pytest.mark.parametrize(
    ("more", "what", "line"),
    [
        (
            '[[artefact]]\nid = "a"\nkind = "x"\npath = "p"\n[[artefact]]\nid = "a"\nkind = "y"\npath = "q"\n',
            "stands twice",
            11,
        ),
        ('[[artefact]]\nid = "a"\nkind = "x"\n', "a mapping", 6),
        ('[[artefact]]\nid = "a"\nkind = "x"\npath = "p"\nurl = "https://a.example"\n', "a mapping", 6),
        ("[authority]\nwindow-start = 2026-11-30T09:00:00\n", "not a time with a zone", 7),
        ("[authority]\nwindow-start = 2026-11-30\n", "not a time with a zone", 7),
        ('[authority]\nwindow-end = "soon"\n', "not a time with a zone", 7),
        ("[authority]\nwindow-start = 2026-11-30T09:00:00Z\nwindow-end = 2026-11-29T09:00:00Z\n", "ends before", 8),
        ('[authority]\ntest-number-ranges = [["9990009999", "9990000000"]]\n', "runs backwards", 7),
        ('[authority]\ntest-number-ranges = [["999"]]\n', "does not fit", 7),
        ("[limits]\nrequests-per-s = 0\n", "does not fit", 7),
        ("[limits]\nrequests-per-s = nan\n", "is no number", 7),
        ("[limits]\ntimeout-s = inf\n", "is no number", 7),
        ('[network]\nproxy = "http://me:hidden@proxy.example"\n', "user name or password", 7),
        ("[limits]\nmax-requests = 1.5\n", "must be a whole number", 7),
        ('[limits]\nceiling = "S4"\n', "unknown key 'ceiling'", 7),
    ],
)
def test_tables_that_do_not_fit(more: str, what: str, line: int) -> None:
    found = fault(MINIMAL + more)
    assert what in found.what
    assert found.where == f"supplier.toml:{line}"


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    found = fault(MINIMAL + '\n[identity.default]\nkind = "bearer"\nsecret-env = "eyJhbGci.hunter2"\n')
    assert "'secret-env' does not fit" in found.what
    assert "hunter2" not in str(found)


def test_a_file_or_its_folder(tmp_path: Path) -> None:
    (tmp_path / "supplier.toml").write_text(MINIMAL)
    assert load_supplier(tmp_path).supplier == load_supplier(tmp_path / "supplier.toml").supplier
    assert load_supplier(tmp_path).root == tmp_path
    with pytest.raises(SupplierFault) as caught:
        load_supplier(tmp_path / "none.toml")
    assert "checker init" in caught.value.next_step
    (tmp_path / "bad.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(SupplierFault, match="not UTF-8"):
        load_supplier(tmp_path / "bad.toml")


def test_options_alone() -> None:
    options = SupplierOptions(
        base_url="https://fhir.example/r4/",
        artefacts=("export=out", "export=more", "audit-log=log.ndjson"),
        token_env="T",
    )
    found = from_options(options, Path("here"))
    assert found.supplier.name == "fhir.example"
    assert found.supplier.base_url == "https://fhir.example/r4"
    assert [(one.id, one.location) for one in found.supplier.artefacts] == [
        ("export", "out"),
        ("export-2", "more"),
        ("audit-log", "log.ndjson"),
    ]
    assert found.identities[0].secret == SecretRef(env="T")
    assert found.supplier.has_identity("default")
    assert found.root == Path("here")


def test_options_override_the_file() -> None:
    options = SupplierOptions(base_url="http://127.0.0.1:8000", version="2.0", artefacts=("export=x",), token_env="T")
    found = merge(read(FULL), options)
    assert found.supplier.base_url == "http://127.0.0.1:8000"
    assert (found.supplier.name, found.supplier.version) == ("Example Ltd", "2.0")
    assert [one.location for one in found.supplier.artefacts_of("export")] == ["x"]
    assert len(found.supplier.artefacts_of("audit-log")) == 1
    assert sorted(one.name for one in found.identities) == ["default", "mutual", "other"]
    assert found.identities[0].kind == "bearer"
    assert found.limits.max_requests == 40
    assert merge(read(FULL), SupplierOptions()) == read(FULL)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (SupplierOptions(), "nothing to test"),
        (SupplierOptions(base_url="fhir"), "cannot be used"),
        (SupplierOptions(artefacts=("export",)), "not an artefact"),
        (SupplierOptions(artefacts=("=x",)), "not an artefact"),
    ],
)
def test_options_that_do_not_fit(options: SupplierOptions, what: str) -> None:
    with pytest.raises(SupplierFault, match=what):
        from_options(options, Path())


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_nothing_is_missing_above_s1() -> None:
    assert above_s1_faults(read(FULL).supplier, NOON) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"environment": "live"}, "environment"),
        ({"environment": ""}, "environment"),
        ({"base_url": "https://other.example"}, "other.example"),
        ({"base_url": ""}, "hosts"),
    ],
)
def test_what_is_missing_of_the_supplier(change: dict[str, str], what: str) -> None:
    faults = above_s1_faults(msgspec.structs.replace(read(FULL).supplier, **change), NOON)
    assert len(faults) == 1
    assert what in faults[0]


@pytest.mark.parametrize("field", ["authorised_by", "contacts", "window_start", "window_end", "hosts"])
def test_what_is_missing_of_the_authority(field: str) -> None:
    supplier = read(FULL).supplier
    less = msgspec.structs.replace(supplier.authority, **{field: getattr(Authority(), field)})
    faults = above_s1_faults(msgspec.structs.replace(supplier, authority=less), NOON)
    assert len(faults) == 1


def test_the_window_is_kept_to_the_minute() -> None:
    supplier = read(FULL).supplier
    assert above_s1_faults(supplier, datetime(2026, 11, 30, 17, tzinfo=UTC)) == []
    assert "window" in above_s1_faults(supplier, datetime(2026, 11, 30, 17, 0, 1, tzinfo=UTC))[0]
    assert "window" in above_s1_faults(supplier, datetime(2026, 11, 30, 8, 59, tzinfo=UTC))[0]


def test_all_that_is_missing_is_told_at_once() -> None:
    assert len(above_s1_faults(Supplier(name="x"), NOON)) == 5


def test_the_template_loads_as_it_is_and_with_everything_in_it() -> None:
    found = read(template('A "quoted" \\ name', "https://fhir.example/r4"))
    assert found.supplier.name == 'A "quoted" \\ name'
    assert found.identities[0].secret == SecretRef(env="SUPPLIER_TOKEN")
    lines = template().splitlines()
    tables = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [", "# [[")) or " = " in line else line for line in lines
    )
    whole = read(tables)
    assert whole.supplier.artefacts[0].id == "nightly-export"
    assert above_s1_faults(whole.supplier, NOON) == []
    assert whole.network.trust == "system"


# Mappings ------------------------------------------------------------------------------------

MAPPED = b"""
[supplier]
name = "S"

[[artefact]]
id = "one"
kind = "export"
path = "a.csv"
mapping = "maps/one.yaml"

[[artefact]]
id = "two"
kind = "release"
path = "b.csv"
"""


def test_a_mapping_is_named_for_an_artefact_in_the_file_or_by_an_option(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "one.yaml").write_bytes(b"tables: [{columns: {A: {role: direct}}}]")
    (tmp_path / "other.yaml").write_bytes(b"tables: [{columns: {B: {role: safe}}}]")
    base = read_supplier(MAPPED, "supplier.toml", tmp_path)
    found = with_mappings(base).supplier.artefacts
    assert [[column.name for table in one.tables for column in table.columns] for one in found] == [["A"], []]
    options = SupplierOptions(artefacts=("export=c.csv",), mappings=(str(tmp_path / "other.yaml"),))
    found = with_mappings(merge(base, options)).supplier.artefacts
    names = {one.id: [column.name for table in one.tables for column in table.columns] for one in found}
    assert names == {"two": [], "export": ["B"]}
    options = SupplierOptions(mappings=(f"release={tmp_path / 'other.yaml'}",))
    found = with_mappings(merge(base, options)).supplier.artefacts
    names = {one.id: [column.name for table in one.tables for column in table.columns] for one in found}
    assert names == {"one": ["A"], "two": ["B"]}


@pytest.mark.parametrize("mapping", ["audit-log=x.yaml", "export=", ""])
def test_a_mapping_for_no_artefact_is_a_fault(tmp_path: Path, mapping: str) -> None:
    base = read_supplier(MAPPED, "supplier.toml", tmp_path)
    with pytest.raises(SupplierFault, match="for no artefact"):
        merge(base, SupplierOptions(mappings=(mapping,)))
