"""Pure functions and scans, a module per topic; nothing heavy is imported at module level."""
