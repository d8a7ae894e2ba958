"""Analytics of a run beyond its statistics: holdings, attribution, event studies, rolling regressions."""
