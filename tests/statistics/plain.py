"""The formulas once more, in plain Python and one number at a time: the tests' reference, which the package lacks."""

from __future__ import annotations

import math


def moments(x):
    """Return mean and second to fourth central moment."""
    mean = sum(x) / len(x)
    return (mean, *(sum((one - mean) ** power for one in x) / len(x) for power in (2, 3, 4)))


def spread(x):
    """Return the sample standard deviation."""
    return math.sqrt(moments(x)[1] * len(x) / (len(x) - 1))


def together(x, y):
    """Return the population covariance."""
    return sum((a - moments(x)[0]) * (b - moments(y)[0]) for a, b in zip(x, y, strict=True)) / len(x)


def quantile(x, share):
    """Return a quantile, linear between order statistics."""
    ordered, place = sorted(x), share * (len(x) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(x) - 1)]
    return low + (high - low) * (place - int(place))


def mean(x):
    """Return the mean."""
    return sum(x) / len(x)


def statistics(r, b, f, per_year):
    """Return the statistics of returns, a benchmark's and bills', (n,) each, by their names."""
    e, o, d = ([x - y for x, y in zip(*pair, strict=True)] for pair in ((r, f), (b, f), (r, b)))
    root = math.sqrt(per_year)
    short = math.sqrt(mean([min(x, 0.0) ** 2 for x in e]))
    beta = together(e, o) / moments(o)[1]
    alpha = mean(e) - beta * mean(o)
    left = [x - beta * y for x, y in zip(e, o, strict=True)]
    link = together(r, b) / math.sqrt(moments(r)[1] * moments(b)[1])
    up, down = [i for i, x in enumerate(b) if x > 0], [i for i, x in enumerate(b) if x < 0]
    betas = [
        together([e[i] for i in some], [o[i] for i in some]) / moments([o[i] for i in some])[1] for some in (up, down)
    ]
    captures = [mean([r[i] for i in some]) / mean([b[i] for i in some]) for some in (up, down)]
    gains, losses, low = [x for x in r if x > 0], [x for x in r if x < 0], quantile(r, 0.05)
    return {
        "mean_return": mean(r) * per_year,
        "volatility": spread(r) * root,
        "sharpe": mean(e) / spread(e) * root,
        "sortino": mean(e) / short * root,
        "downside_deviation": short * root,
        "omega": sum(max(x, 0.0) for x in e) / -sum(min(x, 0.0) for x in e),
        "kelly": mean(e) / spread(e) ** 2,
        "var_95": low,
        "cvar_95": mean([x for x in r if x <= low]),
        "tail_ratio": abs(quantile(r, 0.95)) / abs(low),
        "skew": moments(r)[2] / moments(r)[1] ** 1.5,
        "kurtosis": moments(r)[3] / moments(r)[1] ** 2 - 3.0,
        "best_day": max(r),
        "worst_day": min(r),
        "hit_rate_daily": len(gains) / len(r),
        "average_gain": mean(gains),
        "average_loss": mean(losses),
        "payoff_ratio": mean(gains) / -mean(losses),
        "profit_factor": sum(gains) / -sum(losses),
        "mean_active_return": mean(d) * per_year,
        "tracking_error": spread(d) * root,
        "information_ratio": mean(d) / spread(d) * root,
        "sortino_over_benchmark": mean(d) / math.sqrt(mean([min(x, 0.0) ** 2 for x in d])) * root,
        "hit_rate_over_benchmark": sum(x > 1e-11 for x in d) / sum(abs(x) > 1e-11 for x in d),
        "up_capture": captures[0],
        "down_capture": captures[1],
        "capture_ratio": captures[0] / captures[1],
        "alpha": alpha * per_year,
        "beta": beta,
        "up_beta": betas[0],
        "down_beta": betas[1],
        "correlation": link,
        "r_squared": link**2,
        "treynor": mean(e) * per_year / beta,
        "m_squared": mean(e) / spread(e) * spread(o) * per_year + mean(f) * per_year,
        "appraisal_ratio": alpha / spread(left) * root,
    }
