"""Facts of R4 search parameters: what is known of a patient and done for one.

One line for each: name, type, paths. A path is of member names; ``name[x]`` is an element of several types;
``[system=x]`` keeps contact points of that system, ``>Type`` references to that type.
Source: SearchParameter resources of the package hl7.fhir.r4.core 4.0.1.
"""

from __future__ import annotations

TABLE = {
    "Observation": """
based-on reference basedOn
category token category
code token code
combo-code token code component.code
combo-data-absent-reason token dataAbsentReason component.dataAbsentReason
combo-value-concept token valueCodeableConcept component.valueCodeableConcept
combo-value-quantity quantity valueQuantity valueSampledData component.valueQuantity component.valueSampledData
component-code token component.code
component-data-absent-reason token component.dataAbsentReason
component-value-concept token component.valueCodeableConcept
component-value-quantity quantity component.valueQuantity component.valueSampledData
data-absent-reason token dataAbsentReason
date date effective[x]
derived-from reference derivedFrom
device reference device
encounter reference encounter
focus reference focus
has-member reference hasMember
identifier token identifier
method token method
part-of reference partOf
patient reference subject>Patient
performer reference performer
specimen reference specimen
status token status
subject reference subject
value-concept token valueCodeableConcept
value-date date valueDateTime valuePeriod
value-quantity quantity valueQuantity valueSampledData
""",
    "AllergyIntolerance": """
asserter reference asserter
category token category
clinical-status token clinicalStatus
code token code reaction.substance
criticality token criticality
date date recordedDate
identifier token identifier
last-date date lastOccurrence
manifestation token reaction.manifestation
onset date reaction.onset
patient reference patient
recorder reference recorder
route token reaction.exposureRoute
severity token reaction.severity
type token type
verification-status token verificationStatus
""",
    "Condition": """
abatement-age quantity abatementAge abatementRange
abatement-date date abatementDateTime abatementPeriod
abatement-string string abatementString
asserter reference asserter
body-site token bodySite
category token category
clinical-status token clinicalStatus
code token code
encounter reference encounter
evidence token evidence.code
evidence-detail reference evidence.detail
identifier token identifier
onset-age quantity onsetAge onsetRange
onset-date date onsetDateTime onsetPeriod
onset-info string onsetString
patient reference subject>Patient
recorded-date date recordedDate
severity token severity
stage token stage.summary
subject reference subject
subject reference subject
verification-status token verificationStatus
""",
    "Procedure": """
based-on reference basedOn
category token category
code token code
date date performed[x]
encounter reference encounter
identifier token identifier
instantiates-canonical reference instantiatesCanonical
instantiates-uri uri instantiatesUri
location reference location
part-of reference partOf
patient reference subject>Patient
performer reference performer.actor
reason-code token reasonCode
reason-reference reference reasonReference
status token status
subject reference subject
""",
    "Immunization": """
date date occurrence[x]
identifier token identifier
location reference location
lot-number string lotNumber
manufacturer reference manufacturer
patient reference patient
performer reference performer.actor
reaction reference reaction.detail
reaction-date date reaction.date
reason-code token reasonCode
reason-reference reference reasonReference
series string protocolApplied.series
status token status
status-reason token statusReason
target-disease token protocolApplied.targetDisease
vaccine-code token vaccineCode
""",
    "MedicationRequest": """
authoredon date authoredOn
category token category
code token medicationCodeableConcept
date date dosageInstruction.timing.event
encounter reference encounter
identifier token identifier
intended-dispenser reference dispenseRequest.performer
intended-performer reference performer
intended-performertype token performerType
intent token intent
medication reference medicationReference
patient reference subject>Patient
priority token priority
requester reference requester
status token status
subject reference subject
""",
    "MedicationStatement": """
category token category
code token medicationCodeableConcept
context reference context
effective date effective[x]
identifier token identifier
medication reference medicationReference
part-of reference partOf
patient reference subject>Patient
source reference informationSource
status token status
subject reference subject
""",
    "Medication": """
code token code
expiration-date date batch.expirationDate
form token form
identifier token identifier
ingredient reference ingredient.itemReference
ingredient-code token ingredient.itemCodeableConcept
lot-number token batch.lotNumber
manufacturer reference manufacturer
status token status
""",
    "DiagnosticReport": """
based-on reference basedOn
category token category
code token code
conclusion token conclusionCode
date date effective[x]
encounter reference encounter
identifier token identifier
issued date issued
media reference media.link
patient reference subject>Patient
performer reference performer
result reference result
results-interpreter reference resultsInterpreter
specimen reference specimen
status token status
subject reference subject
""",
    "DocumentReference": """
authenticator reference authenticator
author reference author
category token category
contenttype token content.attachment.contentType
custodian reference custodian
date date date
description string description
encounter reference context.encounter
event token context.event
facility token context.facilityType
format token content.format
identifier token masterIdentifier identifier
language token content.attachment.language
location uri content.attachment.url
patient reference subject>Patient
period date context.period
related reference context.related
relatesto reference relatesTo.target
relation token relatesTo.code
security-label token securityLabel
setting token context.practiceSetting
status token status
subject reference subject
type token type
""",
    "ServiceRequest": """
authored date authoredOn
based-on reference basedOn
body-site token bodySite
category token category
code token code
encounter reference encounter
identifier token identifier
instantiates-canonical reference instantiatesCanonical
instantiates-uri uri instantiatesUri
intent token intent
occurrence date occurrence[x]
patient reference subject>Patient
performer reference performer
performer-type token performerType
priority token priority
replaces reference replaces
requester reference requester
requisition token requisition
specimen reference specimen
status token status
subject reference subject
""",
    "CarePlan": """
activity-code token activity.detail.code
activity-date date activity.detail.scheduled[x]
activity-reference reference activity.reference
based-on reference basedOn
care-team reference careTeam
category token category
condition reference addresses
date date period
encounter reference encounter
goal reference goal
identifier token identifier
instantiates-canonical reference instantiatesCanonical
instantiates-uri uri instantiatesUri
intent token intent
part-of reference partOf
patient reference subject>Patient
performer reference activity.detail.performer
replaces reference replaces
status token status
subject reference subject
""",
    "Consent": """
action token provision.action
actor reference provision.actor.reference
category token category
consentor reference performer
data reference provision.data.reference
date date dateTime
identifier token identifier
organization reference organization
patient reference patient
period date provision.period
purpose token provision.purpose
scope token scope
security-label token provision.securityLabel
source-reference reference source[x]
status token status
""",
    "Specimen": """
accession token accessionIdentifier
bodysite token collection.bodySite
collected date collection.collected[x]
collector reference collection.collector
container token container.type
container-id token container.identifier
identifier token identifier
parent reference parent
patient reference subject>Patient
status token status
subject reference subject
type token type
""",
    "RiskAssessment": """
condition reference condition
date date occurrenceDateTime
encounter reference encounter
identifier token identifier
method token method
patient reference subject>Patient
performer reference performer
probability number prediction.probability[x]
risk token prediction.qualitativeRisk
subject reference subject
""",
}
"""Resource type → its search parameters."""
