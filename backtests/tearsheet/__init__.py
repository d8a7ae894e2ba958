"""Pages that people send each other, each one HTML file: the ONLY package with charts, Jinja and HTML."""
