"""The explaining tier: an interpreter over the compiled definitions that says what is wrong, where and why."""
