"""Data sets built from publishers' files: fetched, checked, kept as vintages, compared."""
