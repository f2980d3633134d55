"""An oracle for searches: which of the resources at hand a search must find, and which it must not.

``parameters`` holds what R4 says of each search parameter, ``values`` what a resource holds for one, ``matching``
whether that matches. Every answer is yes, no, or open: open wherever servers may rightly differ.
Source: http://hl7.org/fhir/R4/search.html and the SearchParameter resources of hl7.fhir.r4.core 4.0.1.
"""
