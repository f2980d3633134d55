"""Definitions: packages of StructureDefinitions, their snapshots, and the compiled form that is judged against."""
