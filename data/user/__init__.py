"""Data sets made from a user's own files: prices, series, policy changes, joins and splices."""
