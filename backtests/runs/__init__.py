"""Stored runs: written whole or not at all, with the provenance of every number."""
