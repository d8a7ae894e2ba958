"""The sections of a tearsheet, one a file; ``page.py`` puts them in order."""
