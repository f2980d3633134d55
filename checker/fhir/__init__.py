"""What the checker knows of FHIR itself: a library of its own. No network."""
