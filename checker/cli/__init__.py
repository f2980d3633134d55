"""The command line: one module per command; composes everything; the only package that prints."""
