"""The forms that a resource comes in (JSON, XML), and the form of its elements and values."""
