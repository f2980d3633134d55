"""Is the way from this machine to the supplier open? Steps with what was seen and what to do; never a verdict."""
