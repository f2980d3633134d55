"""The faults that every tool for security should find, each beside the requirement that must catch it.

That a fault is caught, and what else it changes, the tests of its profile show; this is the list that says none is
missing, and that a fault is what it is said to be.
"""

from __future__ import annotations

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import FIXTURES, load

FAULTS: dict[int, dict[str, str]] = {
    1: {"tls-ncsc/TLS-001": "SSL 3.0"},
    2: {"tls-ncsc/TLS-002.tls-1.0": "TLS 1.0"},
    3: {"tls-ncsc/TLS-003.tls-1.1-only": "TLS 1.1", "TLS-003": "TLS 1.1", "TLS-002": "1.1"},
    4: {"tls-ncsc/TLS-005.rc4": "RC4"},
    5: {"tls-ncsc/TLS-005.3des": "3DES"},
    6: {"tls-ncsc/TLS-005.null": "encryption"},
    7: {"tls-ncsc/TLS-005.anonymous": "proof"},
    8: {"tls-ncsc/TLS-006.only": "Static RSA"},
    9: {"tls-ncsc/TLS-007": "CBC"},
    10: {"tls-ncsc/TLS-004": "1.2"},
    12: {"CERT-003": "expired"},
    13: {"tls-ncsc/CERT-003.not-yet": "not valid yet"},
    14: {"tls-ncsc/CERT-002.common-name": "common name"},
    15: {"CERT-001": "signed itself"},
    16: {"tls-ncsc/CERT-008": "intermediate"},
    17: {"CERT-006": "1024"},
    18: {"tls-ncsc/CERT-007": "SHA-1"},
    19: {"tls-ncsc/CERT-005": "400"},
    20: {"tls-ncsc/CERT-004": "five days"},
    21: {"tls-ncsc/CERT-009": "authority"},
    22: {"mutual-tls/MTLS-002": "not needed"},
    23: {"mutual-tls/MTLS-004": "any authority"},
    24: {"mutual-tls/MTLS-009": "X-SSL-Client"},
    25: {"api-hardening/HTTP-001": "http"},
    26: {"api-hardening/HTTP-002": "redirects"},
    27: {"HTTP-003": "http"},
    28: {"HSTS-001": "one hour", "HSTS-001.2": "no Strict"},
    29: {"AUTH-001": "without credentials"},
    30: {"AUTH-001.3": "version", "AUTH-001.4": "POST", "AUTH-001.5": "other"},
    31: {"AUTH-002": "WWW-Authenticate"},
    32: {"AUTH-001.2": "login page"},
    33: {"access-control/AUTH-005": "end"},
    34: {"AUTH-007": "signature", "access-control/AUTH-008": "signature"},
    35: {"AUTH-009": "none", "AUTH-009.2": "nOnE"},
    36: {"access-control/AUTH-010": "public key"},
    37: {"access-control/AUTH-012.2": "fetched"},
    38: {"access-control/AUTH-013": "audience"},
    39: {"access-control/AUTH-015": "ID token"},
    40: {"AUTH-016": "query"},
    41: {"access-control/AUTH-011": "kid", "API-040": "breaks"},
    42: {"access-control/SCOPE-001": "write"},
    43: {"access-control/SCOPE-004": "patient"},
    44: {"access-control/SCOPE-006": "included"},
    45: {"access-control/SCOPE-008": "batch"},
    46: {"access-control/SCOPE-009": "page"},
    47: {"access-control/SCOPE-011": "organisation"},
    48: {"access-control/OAUTH-003": "challenge"},
    49: {"access-control/OAUTH-004": "password", "access-control/OAUTH-004.2": "authorisation endpoint"},
    50: {"smart-fapi/OAUTH-007": "begins as"},
    51: {"access-control/OAUTH-015": "private key"},
    52: {"smart-fapi/OAUTH-017": "open"},
    53: {"smart-fapi/OAUTH-022": "more than once", "smart-fapi/OAUTH-023.12": "an hour"},
    54: {"api-hardening/API-001": "TRACE"},
    55: {"api-hardening/API-004": "credentials"},
    56: {"API-007": "stack trace"},
    57: {"API-008": "version"},
    58: {"API-009": "kept"},
    59: {"api-hardening/API-010.5": "NHS number"},
    60: {"api-hardening/API-020": "Entities"},
    61: {"api-hardening/API-024": "Everybody"},
    62: {"api-hardening/API-031": "steers"},
    63: {"api-hardening/VDP-001.2": "expired"},
    64: {
        "supply-chain/CE-001": "expired",
        "supply-chain/DSPT-001": "Approaching",
        "supply-chain/PEN-001": "14 months",
        "supply-chain/PEN-004": "8.1",
        "supply-chain/SBOM-007": "left out",
        "supply-chain/SBOM-005": "version before",
        "supply-chain/SBOM-009": "support",
        "supply-chain/NHSJWT-012": "private key",
    },
}
"""Number in the list → the files of its faults, each with a word of its title."""
DECOYS = {11: "tls-ncsc/silent-on-old"}
"""What must not be taken for a refusal: it is no fault, and nothing is passed by it."""
FIRST = (
    *("HSTS-001", "HTTP-003", "AUTH-002", "API-008", "API-009"),
    *("API-010", "API-012", "API-013", "API-040", "OAUTH-012"),
    *("TLS-001", "TLS-002", "TLS-003", "TLS-004", "TLS-005", "TLS-006"),
    *("TLS-008", "CERT-001", "CERT-002", "CERT-003", "CERT-006", "CERT-008"),
    *("AUTH-001", "AUTH-004", "AUTH-005", "AUTH-007"),
    *("AUTH-009", "AUTH-013", "AUTH-016", "SCOPE-004"),
    *("OAUTH-003", "OAUTH-015", "API-001"),
    *("API-004", "API-007"),
    *("SBOM-002", "SBOM-010", "CE-001"),
    *("DSPT-001", "PEN-001"),
    *("NHSJWT-001", "NHSJWT-002", "NHSJWT-003", "NHSJWT-004", "NHSJWT-005", "NHSJWT-006"),
    *("GPC-001", "GPC-002", "GPC-003", "MTLS-002", "SCOPE-006", "VDP-001"),
)
"""The requirements to have before all others."""
PROFILES = (
    *("tls-ncsc", "api-security", "access-control", "api-hardening", "supply-chain"),
    *("mutual-tls", "smart-fapi", "nhs-api-platform-auth"),
)


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_is_there_and_names_its_requirement(number: int) -> None:
    for name, word in FAULTS[number].items():
        scenario = load(FIXTURES / "faults" / f"{name}.yaml")
        assert scenario.requirements == (name.rpartition("/")[2].partition(".")[0],)
        assert word in scenario.title


def test_none_is_missing_and_silence_has_its_decoy() -> None:
    assert FAULTS.keys() | DECOYS.keys() == set(range(1, 65))
    for name in DECOYS.values():
        assert load(FIXTURES / "decoys" / f"{name}.yaml").requirements


def test_what_comes_first_is_decided_by_a_check() -> None:
    known = registry()
    checked = {row.id for name in PROFILES for row in profile(name, known).requirements if row.check is not None}
    assert set(FIRST) - checked == set()
    assert len(FIRST) == 52


def test_there_are_at_least_a_hundred_and_fifty_requirements_with_a_check_each() -> None:
    known = registry()
    checked = {row.id for name in PROFILES for row in profile(name, known).requirements if row.check is not None}
    assert len(checked) >= 150
