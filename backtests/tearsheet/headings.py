"""What headings mean that name no statistic of the registry: intervals, tests, parts of a return, counts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TOGETHER = (
    "The interval of the active return, by stationary bootstrap, wide enough that chance puts none of the runs judged "
    "together apart from 0 in 95% of histories."
)
_SIGN = "The chance of as many windows ahead if each were as likely ahead as behind: exact, one-sided."
_FLIP = "The chance of a mean as high if each window's sign were as likely the other: exact, one-sided."
_ATTAINABLE = "The lowest p that so few windows can give; where it is above 0.05 the test cannot reject."
_INTERVAL = "95% of the resampled histories give a figure between the two; the note says how it is made."
_OF_CLOSES = "Over the closes from the first fill on."

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        # Intervals and tests
        "95% interval": _INTERVAL,
        "its 95% interval": _INTERVAL,
        "Its 95% interval, all judged together": _TOGETHER,
        "95% interval of it, all judged together": _TOGETHER,
        "95% interval of that": _INTERVAL,
        "interval of Sharpe ratio": _INTERVAL,
        "95% interval of Sharpe ratio": _INTERVAL,
        "Interval": _INTERVAL,
        "Low": "95% of the resampled histories lie between low and high.",
        "High": "95% of the resampled histories lie between low and high.",
        "Estimate": "The statistic of the run itself.",
        "p": "The chance of a figure as far from zero if the true one were zero; two-sided.",
        "p, sign test": _SIGN,
        "p, sign-flip test": _FLIP,
        "p, sign-flip": _FLIP,
        "p, benchmark": "The chance of a figure as far from zero if the true one were zero; two-sided.",
        "P against 0": _FLIP,
        "P": "The same test against the average of all windows as long in the sample.",
        "p of that": "The sign-flip test against the average of all windows as long in the sample.",
        "Minimum attainable p": _ATTAINABLE,
        "Minimum detectable effect": "The true mean that the test would find in 80 of 100 histories.",
        "Mean relative wealth": "The geometric mean of relative wealth over the complete windows.",
        "12-month windows won": "Complete windows of 12 months after a final cut in which the run was ahead.",
        "Probabilistic Sharpe ratio": (
            "How far the Sharpe ratio over bills lies above 0, with skewness and kurtosis allowed for, as a normal "
            "probability."
        ),
        "Deflated Sharpe ratio": (
            "How far the information ratio lies above the highest that as many trials without skill would show, as a "
            "normal probability; not the chance that skill is true."
        ),
        "Best run's Sharpe less this one's": "The difference of the two Sharpe ratios over the same sessions.",
        "Verdict": "What the interval of the active return says: ahead, behind, or not distinguishable.",
        "Significant at 5%": "Whether the 95% interval excludes 0, by itself or all judged together.",
        "Complete": "Windows that the run covers from end to end.",
        "Sessions left out": "From the cycle's first cut to the next hike.",
        "n": "Complete windows.",
        "N": "Complete windows.",
        "Ahead in": "Complete windows in which the first grew more than the second.",
        "Led in": "Complete windows in which small grew more than large.",
        "Mean": "The geometric mean of relative wealth over the complete windows.",
        "All windows": "The mean over all windows as long in the sample, wherever they begin.",
        "Mean over that": "The mean after cuts or hikes less that of all windows.",
        "Over them": "The mean less that of all windows.",
        # Parts of the active return
        "Average weight": "What the asset's mean weight over the benchmark's made, had it been held all the time.",
        "Timing": "What holding more than its mean weight made when the asset did well, and less when it did not.",
        "Together": "The sum of the parts; over all rows it is the active return.",
        "Points a year": "The mean return less that of the other choice, times the periods of a year, pp.",
        "Sharpe ratio, difference": "The Sharpe ratio less that of the other choice, over the same sessions.",
        "Signals differ": "Decision dates on which the two ask for other weights, and in how many stretches.",
        # Drawdowns and windows
        "Loss, %": "From the last close at the peak to the lowest close before the peak was reached again.",
        "Peak": "The last close at the highest value so far.",
        "Bottom": "The lowest close before the peak was reached again.",
        "Recovered": "The first close at the peak or above again.",
        "Days to bottom": "Calendar days from the peak to the lowest close.",
        "Days in drawdown": "Calendar days from the peak until it was reached again, or until the last close.",
        "Windows": "Windows of this length, one from each close on.",
        "Not overlapping": "How many windows of this length fit one after the other.",
        "Level": "The share of windows in which the two do not differ.",
        "Ahead": "The share of windows ahead of the benchmark, of those in which the two differ.",
        "Median": "Relative wealth of the middle window, not per year.",
        "Worst": "Relative wealth of the worst window, not per year.",
        "Best": "Relative wealth of the best window, not per year.",
        # Maps of months and years
        "Whole year": "Return over the calendar year; marked where the run covers a part of it.",
        "Active, pp": "The run's return of the year less the benchmark's, percentage points.",
        "Average (n)": "The geometric mean of relative wealth over the complete windows, and how many there are.",
        # Weights, trades and costs
        "Average": _OF_CLOSES,
        "Lowest": _OF_CLOSES,
        "Highest": _OF_CLOSES,
        "Last close": "At the last close of the run.",
        "Sessions": "Sessions with a return.",
        "Account": "Growth of the account between the two closes, after costs.",
        "Relative return, %": "Growth of the account over that of the benchmark between the two closes, less 1.",
        "bp a side": "Basis points of traded value, on each purchase and each sale.",
        "Return, % a year": "The compound annual growth rate at these costs, the same shares of value traded.",
        "Return": "Compounded over the sessions of the row laid end to end; not per year.",
        "Active return, pp": "The run's return less the benchmark's, percentage points.",
        "Uninvested cash": "The mean over closes of cash over value. Cash earns nothing; bills are held for interest.",
        "Gross exposure": "The mean over closes of the weights added up without their signs.",
        # The rate cycle
        "Cuts, bp": "All cuts of the cycle together, basis points.",
        "Cut, bp": "All cuts of the cycle together, basis points.",
        "Cuts": "Decisions of the cycle that lowered the target.",
        "First to final cut, days": "Calendar days.",
        # A regression on factors
        "alpha, pp a year": "The mean monthly return over bills that the factors do not explain, times 12.",
        "R²": "The share of the variance of the months that the factors explain.",
    }
)
"""Heading -> what it means."""
EXPOSURE = "How much the month's return over bills moved with the factor's, the others held fixed."
LESS = "The run's figure less the benchmark's."
MONTH = "From the last close of the month before to the last close of {month}."
OF_BENCHMARK = "The benchmark's return over the same days."
OVER = "The compound annual growth rate at these costs less the benchmark's."
AHEAD_OF = "Windows in which the run grew more than its benchmark."
LESS_BASELINE = "The compound annual growth rate less that of the baseline, percentage points."
