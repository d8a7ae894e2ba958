"""Pages that people send each other, each one HTML file: the ONLY package with plotly.js, Jinja and HTML."""
