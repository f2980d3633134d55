"""The commented ``supplier.toml`` that ``checker init`` writes."""

from __future__ import annotations

import msgspec


def template(name: str = "Example Supplier", base_url: str = "https://fhir.example/r4") -> str:
    """A commented ``supplier.toml`` to begin with. Loads as it is."""
    return _TEMPLATE.format(name=_toml(name), base_url=_toml(base_url))


def _toml(text: str) -> str:
    """A TOML basic string. (JSON's escapes are TOML's, and the encoder writes no others.)"""
    return msgspec.json.encode(text).decode()


_TEMPLATE = """\
# The system under test. Every command that takes a supplier reads this file.
# No secret belongs in here: name an environment variable or a file that holds it.

[supplier]
name = {name}
product = "Example Record"
version = "1.0.0"
# "test" or "live". Anything beyond well-formed reads is only ever sent to "test".
environment = "test"

[endpoint]
base-url = {base_url}
# token-url = "https://auth.example/token"

# How to log in. 'default' is used unless a probe needs nobody, or somebody else.
# Kinds: none, api-key, bearer, client-credentials, private-key-jwt, client-certificate.
# A recipe for each is in docs/access.md; 'checker doctor' shows each step of it. Such tables look like this:
#   application-restricted, by signed JWT: kind "private-key-jwt" with client-id, key-file, key-id, algorithm "RS512"
#   user-restricted, by a token that a person fetched: kind "bearer" as below, or --ask-token at the terminal
#   mutual TLS, alone or beside any other kind: certificate-file and certificate-key-file
[identity.default]
kind = "bearer"
secret-env = "SUPPLIER_TOKEN"
# When the token ends, if it does not say so itself.
# expires-at = 2026-11-30T09:00:00Z

# What each request says of who asks. X-Request-ID is always sent, a new one for each.
# [headers]
# X-Correlation-ID = "{{correlation-id}}"
# NHSD-Session-URID = "{{role-id}}"
# NHSD-End-User-Organisation-ODS = "{{ods-code}}"
# NHSD-End-User-Organisation = "{{organisation}}"
# apikey = "{{env:SUPPLIER_API_KEY}}"
# [caller]
# ods-code = "X99998"
# organisation-name = "Example Practice"
# role-id = "999000000001"

# Files to judge: an export of records (FHIR NDJSON), the audit log, …
# [[artefact]]
# id = "nightly-export"
# kind = "export"
# path = "export"

# Who allows tests that are deliberately wrong (above safety class S1), where and when.
# [authority]
# authorised-by = "A. Person, Example Supplier"
# hosts = ["fhir.example", "files.fhir.example:8443"]  # a host with all its ports, or one port
# window-start = 2026-11-30T09:00:00Z
# window-end = 2026-11-30T17:00:00Z
# contacts = ["on-call@supplier.example"]
# test-number-ranges = [["9990000000", "9990009999"]]

# Synthetic records that some tests look for, and what an export for others leaves out by law (system|code).
# [records]
# restricted = ["restricted-patient-id"]
# invalidated = ["invalidated-patient-id"]
# withheld-codes = ["http://snomed.info/sct|12345"]

# What resources are judged by instead of the UK Core that ships with the checker, and who is asked about codes
# that are not held (SNOMED CT, dm+d, LOINC).
# [definitions]
# packages = ["fhir.r4.ukcore.stu2-2.0.1.tgz"]
# terminology = "https://terminology.example/fhir"

# [limits]
# requests-per-s = 2.0
# max-requests = 500
# wrong-credentials = 30
# concurrency = 1

# [network]
# proxy = "http://proxy.example:3128"
# ca-bundle = "roots.pem"
# trust = "system"
# http2 = true  # offer HTTP/2 beside HTTP/1.1; needs the extra http2
"""
