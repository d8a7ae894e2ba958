"""Run, keep, judge, show: everything that happens to a rule after it is written."""
