"""Scans on Apache Spark: the same units of work, done by executors."""
