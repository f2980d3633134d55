"""Put the parts together: the registry of all that is built in and installed, and profiles from it."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from checker.catalogue.library import Library
from checker.catalogue.load import load_profile
from checker.catalogue.plugins import plugin_modules
from checker.engine.plan import safety_of
from checker.errors import UsageFault
from checker.model.registry import Registry
from checker.model.requirement import CheckUse, ConditionUse, Profile, Settings
from checker.model.terms import Safety

BUILT_IN = (
    "checker.probes.pack.asked",
    "checker.checks.pack.given",
    "checker.checks.pack.integrity",
    "checker.probes.access",
    "checker.probes.forged",
    "checker.probes.scopes",
    "checker.checks.forged",
    "checker.checks.scopes",
    "checker.probes.oauth_metadata",
    "checker.checks.oauth_metadata",
    "checker.checks.access_told",
    "checker.probes.authorise",
    "checker.probes.token_endpoint",
    "checker.checks.authorise",
    "checker.checks.token_endpoint",
    "checker.checks.oauth_endpoints",
    "checker.checks.fapi",
    "checker.probes.access_ways",
    "checker.checks.access_ways",
    "checker.probes.audit",
    "checker.probes.declared",
    "checker.probes.disposal_log",
    "checker.probes.errors",
    "checker.probes.export",
    "checker.probes.exit",
    "checker.probes.fhir",
    "checker.probes.history",
    "checker.probes.number_report",
    "checker.probes.number_searches",
    "checker.probes.restricted",
    "checker.probes.claims",
    "checker.probes.releases",
    "checker.probes.logs",
    "checker.probes.negotiating",
    "checker.probes.operations",
    "checker.probes.read_forms",
    "checker.probes.referenced",
    "checker.probes.register",
    "checker.probes.search",
    "checker.probes.tls_survey",
    "checker.probes.transport",
    "checker.probes.bulk",
    "checker.probes.ips",
    "checker.probes.openapi",
    "checker.probes.platform",
    "checker.probes.smart",
    "checker.probes.trials",
    "checker.probes.writes",
    "checker.checks.writes",
    "checker.checks.writes_together",
    "checker.checks.strength",
    "checker.checks.access",
    "checker.checks.attachments",
    "checker.checks.audit",
    "checker.checks.audit_trail",
    "checker.checks.breakdowns",
    "checker.checks.caching",
    "checker.checks.capability",
    "checker.checks.capability_profiles",
    "checker.checks.certificates",
    "checker.checks.challenge",
    "checker.checks.claims",
    "checker.checks.coarsened",
    "checker.checks.codings",
    "checker.checks.conformant_targets",
    "checker.checks.consents",
    "checker.checks.contact_details",
    "checker.checks.counts",
    "checker.checks.criteria",
    "checker.checks.data_quality",
    "checker.checks.data_flows",
    "checker.checks.data_use",
    "checker.checks.declared",
    "checker.checks.definitions_used",
    "checker.checks.direct_identifiers",
    "checker.checks.equivalence_classes",
    "checker.checks.error_data",
    "checker.checks.demographics",
    "checker.checks.errors",
    "checker.checks.etag",
    "checker.checks.export_manifest",
    "checker.checks.exit_codes",
    "checker.checks.exit_content",
    "checker.checks.exit_dictionary",
    "checker.checks.exit_whole",
    "checker.checks.fhir_base",
    "checker.checks.fhir_conforms",
    "checker.checks.fhir_must_support",
    "checker.checks.fhir_terminology",
    "checker.checks.full_url",
    "checker.checks.headers",
    "checker.checks.http_rules",
    "checker.checks.history",
    "checker.checks.identifiers",
    "checker.checks.invalidated",
    "checker.checks.kept_bundles",
    "checker.checks.labels",
    "checker.checks.leakage",
    "checker.checks.logical_ids",
    "checker.checks.logs",
    "checker.checks.media_type",
    "checker.checks.medicines",
    "checker.checks.negotiation",
    "checker.checks.nhs_number",
    "checker.checks.nhs_number_status",
    "checker.checks.operations",
    "checker.checks.number_places",
    "checker.checks.number_ranges",
    "checker.checks.number_reports",
    "checker.checks.number_searches",
    "checker.checks.number_shown",
    "checker.checks.number_use",
    "checker.checks.flow_bases",
    "checker.checks.recipients",
    "checker.checks.disposals",
    "checker.checks.opt_out",
    "checker.checks.original_identifiers",
    "checker.checks.open_formats",
    "checker.checks.own_urls",
    "checker.checks.placeholders",
    "checker.checks.plausibility",
    "checker.checks.pseudonyms",
    "checker.checks.published_tables",
    "checker.checks.provenance",
    "checker.checks.read_forms",
    "checker.checks.referenced",
    "checker.checks.read",
    "checker.checks.reconcile",
    "checker.checks.references",
    "checker.checks.registered_identifiers",
    "checker.checks.restricted",
    "checker.checks.restricted_searches",
    "checker.checks.risk_assessment",
    "checker.checks.release_text",
    "checker.checks.observed_paths",
    "checker.checks.own_urls",
    "checker.checks.placeholders",
    "checker.checks.plausibility",
    "checker.checks.quality",
    "checker.checks.read",
    "checker.checks.processing",
    "checker.checks.references",
    "checker.checks.registered_identifiers",
    "checker.checks.repeated",
    "checker.checks.retention",
    "checker.checks.statement_valid",
    "checker.checks.search",
    "checker.checks.self_link",
    "checker.checks.test_contacts",
    "checker.checks.test_data",
    "checker.checks.token",
    "checker.checks.certificate_chain",
    "checker.checks.certificate_rules",
    "checker.checks.tls_keys",
    "checker.checks.tls_suites",
    "checker.checks.tls_versions",
    "checker.checks.transport",
    "checker.checks.withheld_codes",
    "checker.checks.bulk",
    "checker.checks.bulk_files",
    "checker.checks.bulk_jobs",
    "checker.checks.government_api",
    "checker.checks.ips",
    "checker.checks.openapi_answers",
    "checker.checks.openapi_versions",
    "checker.checks.platform_errors",
    "checker.checks.platform_headers",
    "checker.checks.platform_service",
    "checker.checks.smart",
    "checker.checks.smart_access",
    "checker.checks.search_counts",
    "checker.checks.search_linked",
    "checker.checks.search_modifiers",
    "checker.checks.search_offered",
    "checker.checks.search_oracle",
    "checker.checks.search_relations",
    "checker.probes.obliged",
    "checker.probes.obliged_asked",
    "checker.checks.national",
    "checker.checks.obliged",
    "checker.checks.obliged_conforms",
    "checker.checks.obliged_search",
    "checker.checks.obliged_stated",
    "checker.probes.hardening",
    "checker.probes.odd_documents",
    "checker.checks.odd_documents",
    "checker.checks.single_header",
    "checker.checks.redirects",
    "checker.checks.cross_origin",
    "checker.checks.cookies",
    "checker.checks.labelled_bodies",
    "checker.checks.urls_of_people",
    "checker.checks.odd_requests",
    "checker.checks.exposure",
    "checker.checks.security_txt",
    "checker.probes.assurance",
    "checker.probes.private_keys",
    "checker.checks.assured_by_certificate",
    "checker.checks.assured_by_policy",
    "checker.checks.assured_by_toolkit",
    "checker.checks.handed_over",
    "checker.checks.penetration_test",
    "checker.checks.sbom",
    "checker.checks.sbom_components",
    "checker.checks.vulnerabilities",
    "checker.probes.client",
    "checker.checks.audit_claims",
    "checker.checks.audit_tokens",
    "checker.checks.client_assertions",
    "checker.checks.client_keys",
    "checker.checks.client_manners",
    "checker.checks.client_requests",
    "checker.checks.sign_in",
    "checker.probes.tls_scan",
    "checker.checks.tls_scan",
    "checker.checks.tls_early_data",
    "checker.checks.tls_addresses",
    "checker.probes.mutual",
    "checker.checks.mutual",
    "checker.checks.pack.risk_scheme",
    "checker.checks.pack.hazard_log",
    "checker.checks.pack.hazard_controls",
    "checker.checks.pack.hazard_coverage",
    "checker.checks.pack.hazard_transfers",
    "checker.checks.pack.safety_approvals",
    "checker.checks.pack.safety_case",
    "checker.checks.pack.safety_incidents",
    "checker.checks.pack.safety_releases",
    "checker.checks.pack.third_parties",
    "checker.checks.pack.devices",
    "checker.checks.pack.device_upkeep",
    "checker.checks.pack.ai_in_use",
    "checker.checks.pack.ai_inventory",
    "checker.checks.pack.ai_performance",
    "checker.checks.pack.ai_populations",
    "checker.checks.pack.ai_writing",
    "checker.checks.pack.claims_register",
    "checker.checks.pack.evidence_tiers",
    "checker.checks.pack.foundations",
    "checker.checks.pack.inclusion_devices",
    "checker.checks.pack.inclusion_people",
    "checker.checks.pack.inclusion_routes",
    "checker.checks.pack.social_care",
    "checker.checks.pack.studies",
    "checker.checks.pack.artefact_dates",
    "checker.checks.pack.certificates",
    "checker.checks.pack.cited",
    "checker.checks.pack.endpoints",
    "checker.checks.pack.not_applicable",
    "checker.checks.pack.one_version",
    "checker.checks.pack.personal",
    "checker.checks.pack.signed",
    "checker.checks.pack.automated_accessibility",
    "checker.checks.pack.accessibility_audit",
    "checker.checks.pack.accessibility_statement",
    "checker.checks.pack.web_pages",
    "checker.checks.pack.communication_needs",
    "checker.checks.pack.service_standard",
    "checker.checks.pack.dtac_form",
    "checker.checks.pack.dtac_answers",
    "checker.checks.pack.dtac_evidence",
    "checker.checks.pack.dtac_shared",
    "checker.checks.pack.dtac_availability",
    "checker.checks.pack.availability",
    "checker.checks.pack.capacity",
    "checker.checks.pack.credits",
    "checker.checks.pack.encryption",
    "checker.checks.pack.exit_rights",
    "checker.checks.pack.exit_terms",
    "checker.checks.pack.indicators",
    "checker.checks.pack.latencies",
    "checker.checks.pack.promises",
    "checker.checks.pack.recovery",
    "checker.checks.pack.service_duties",
    "checker.checks.pack.support",
    "checker.checks.pack.maturity",
    "checker.checks.pack.capabilities",
    "checker.checks.pack.spend",
    "checker.checks.pack.deployment",
    "checker.checks.pack.obsolescence",
    "checker.checks.pack.single_sign_on",
    "checker.checks.pack.log_on",
    "checker.checks.pack.standards_register",
    "checker.checks.pack.conformance_claims",
    "checker.checks.pack.award",
    "checker.checks.pack.benefits",
    "checker.checks.pack.budgets",
    "checker.checks.pack.fit_for_purpose",
    "checker.checks.pack.open_source",
    "checker.checks.pack.pathway_cost",
    "checker.checks.pack.price_changes",
    "checker.checks.pack.price_sums",
    "checker.checks.pack.results",
    "checker.checks.pack.social",
    "checker.checks.pack.terms_of_use",
    "checker.checks.pack.unit_prices",
    "checker.checks.pack.value_claims",
    "checker.checks.pack.warranty",
    "checker.checks.pack.whole_life",
)
"""The modules whose probes, checks, conditions and scans are built in."""


def registry() -> Registry:
    """All that is built in and installed."""
    return _registry(tuple(plugin_modules()))


@cache
def _registry(installed: tuple[ModuleType, ...]) -> Registry:
    """One for each process, unless somebody installs more meanwhile."""
    return Registry.of_modules([*(import_module(name) for name in BUILT_IN), *installed])


def library() -> Library:
    """Shipped and installed profiles. Parsed ones are cached where ``CHECKER_CACHE`` says."""
    return _library(os.environ.get("CHECKER_CACHE", ""))


@cache
def _library(place: str) -> Library:
    """One for each process: a file that was parsed is known by its content, and not parsed again."""
    return Library(cache=Path(place) if place else None)


def profile(name_or_path: str, known: Registry, only: tuple[str, ...] = ()) -> Profile:
    """A linked profile, or the picked requirements of it and what they build on."""
    ours = library()
    whole = _shipped(name_or_path, known, ours) if ours.ships(name_or_path) else _linked(name_or_path, known, ours)
    return picked(whole, only) if only else whole


@cache
def _shipped(name: str, known: Registry, ours: Library) -> Profile:
    """Each once for each process, since ``run`` needs it to plan, to collect and to judge."""
    return _linked(name, known, ours)


def _linked(name_or_path: str, known: Registry, ours: Library) -> Profile:
    def safety(check: CheckUse, condition: ConditionUse | None, settings: Settings) -> Safety:
        return safety_of(check, condition, settings, known)

    return load_profile(name_or_path, known, ours, safety_of=safety)


def picked(whole: Profile, only: tuple[str, ...]) -> Profile:
    """Only some requirements, with what they require. Raises ``UsageFault`` for an unknown id."""
    import difflib

    import msgspec

    wanted: set[str] = set()
    queue = list(only)
    while queue:
        name = queue.pop()
        row = whole.by_id(name)
        if row is None:
            close = difflib.get_close_matches(name, [one.id for one in whole.requirements], n=1)
            nearest = f" Did you mean {close[0]}?" if close else ""
            raise UsageFault(
                f"{whole.id} has no requirement {name!r}.{nearest}",
                where="--only",
                next_step=f"See 'checker list requirements --profile {whole.id}'.",
            )
        if name not in wanted:
            wanted.add(name)
            queue += row.requires
    rows = tuple(row for row in whole.requirements if row.id in wanted)
    return msgspec.structs.replace(whole, requirements=rows)
