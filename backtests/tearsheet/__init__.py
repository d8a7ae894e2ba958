"""One self-contained HTML page for a run: the ONLY room with plotly, Jinja and HTML."""
