"""How near two numbers must lie to be one: the constants that are the same wherever such a thing is asked."""

from __future__ import annotations

SAME = 1e-9
"""Weights, and values of an account relatively, that differ by less are the same: honest sums of the same numbers may
differ in their last digits, and engines leave trades of less out. A sum of fractions may lie above 1 by so much."""
ROUNDING = 1e-12
"""What float arithmetic on the same numbers in another order may differ by, relatively."""
