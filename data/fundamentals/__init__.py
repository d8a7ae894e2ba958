"""Companies' accounts as they became known: facts, items, trailing sums, and what a close could know of them."""
