"""Profiles: YAML to linked requirements. Imports nothing of ours but the model."""
