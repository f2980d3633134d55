"""What a plug-in adds: a check, and a profile that uses it."""
