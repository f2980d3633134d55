"""The evidence pack: a folder in which a supplier states what no probe can see, section by section, with files."""
