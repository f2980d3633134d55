"""Terminology: is a code in its code system and in the value set that binds it? No network."""
