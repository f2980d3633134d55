"""Validating many resources: what is judged by, workers, and the sum."""
