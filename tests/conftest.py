"""What holds for every test: property tests try the same examples in every run, so that no gate hangs on luck."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.load_profile("fixed")
