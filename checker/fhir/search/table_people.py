"""Facts of R4 search parameters: people, places and what is arranged between them.

One line for each: name, type, paths. A path is of member names; ``name[x]`` is an element of several types;
``[system=x]`` keeps contact points of that system, ``>Type`` references to that type.
Source: SearchParameter resources of the package hl7.fhir.r4.core 4.0.1.
"""

from __future__ import annotations

TABLE = {
    "Patient": """
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
birthdate date birthDate
death-date date deceasedDateTime
email token telecom[system=email]
family string name.family
gender token gender
general-practitioner reference generalPractitioner
given string name.given
identifier token identifier
language token communication.language
link reference link.other
name string name
organization reference managingOrganization
phone token telecom[system=phone]
telecom token telecom
""",
    "RelatedPerson": """
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
birthdate date birthDate
email token telecom[system=email]
gender token gender
identifier token identifier
name string name
patient reference patient
phone token telecom[system=phone]
relationship token relationship
telecom token telecom
""",
    "Practitioner": """
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
communication token communication
email token telecom[system=email]
family string name.family
gender token gender
given string name.given
identifier token identifier
name string name
phone token telecom[system=phone]
telecom token telecom
""",
    "PractitionerRole": """
active token active
date date period
email token telecom[system=email]
endpoint reference endpoint
identifier token identifier
location reference location
organization reference organization
phone token telecom[system=phone]
practitioner reference practitioner
role token code
service reference healthcareService
specialty token specialty
telecom token telecom
""",
    "Organization": """
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
endpoint reference endpoint
identifier token identifier
name string name alias
partof reference partOf
type token type
""",
    "Location": """
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
endpoint reference endpoint
identifier token identifier
name string name alias
operational-status token operationalStatus
organization reference managingOrganization
partof reference partOf
status token status
type token type
""",
    "Schedule": """
active token active
actor reference actor
date date planningHorizon
identifier token identifier
service-category token serviceCategory
service-type token serviceType
specialty token specialty
""",
    "Slot": """
appointment-type token appointmentType
identifier token identifier
schedule reference schedule
service-category token serviceCategory
service-type token serviceType
specialty token specialty
start date start
status token status
""",
    "Appointment": """
actor reference participant.actor
appointment-type token appointmentType
based-on reference basedOn
date date start
identifier token identifier
location reference participant.actor>Location
part-status token participant.status
patient reference participant.actor>Patient
practitioner reference participant.actor>Practitioner
reason-code token reasonCode
reason-reference reference reasonReference
service-category token serviceCategory
service-type token serviceType
slot reference slot
specialty token specialty
status token status
supporting-info reference supportingInformation
""",
    "Encounter": """
account reference account
appointment reference appointment
based-on reference basedOn
class token class
date date period
diagnosis reference diagnosis.condition
episode-of-care reference episodeOfCare
identifier token identifier
length quantity length
location reference location.location
location-period date location.period
part-of reference partOf
participant reference participant.individual
participant-type token participant.type
patient reference subject>Patient
practitioner reference participant.individual>Practitioner
reason-code token reasonCode
reason-reference reference reasonReference
service-provider reference serviceProvider
special-arrangement token hospitalization.specialArrangement
status token status
subject reference subject
type token type
""",
}
"""Resource type → its search parameters."""
