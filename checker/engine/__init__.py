"""Plan, collect, replay, recording, judge, tally."""
