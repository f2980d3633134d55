"""Checks over an evidence pack: what it states, held against itself, its files and what probes saw."""
