"""The profiles of the plug-in, a folder each."""
