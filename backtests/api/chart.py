"""The figure of a run: account and benchmark on a log scale, and the drawdown below them. The only plotly import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedcycle.backtests.core.errors import RunError

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

OWN, OTHER = "#0b5fa5", "#8a8a8a"


def run_figure(equity: pd.Series[float], benchmark: pd.Series[float], *, title: str) -> Figure:
    """Return the figure of a run; raises RunError where plotly is not installed.

    Parameters
    ----------
    equity, benchmark : (T,) US dollars, of the run and of its benchmark
    title : what the figure says
    """
    try:
        from plotly.graph_objects import Scatter
        from plotly.subplots import make_subplots
    except ImportError as error:
        raise RunError("a figure needs plotly; install it with: pip install 'fedcycle[plot]'") from error
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.05)
    own = {"color": OWN, "width": 1.6}
    figure.add_trace(Scatter(x=equity.index, y=equity.to_numpy(), name=equity.name, line=own), row=1, col=1)
    theirs = {"color": OTHER, "width": 1.4, "dash": "dot"}
    figure.add_trace(
        Scatter(x=benchmark.index, y=benchmark.to_numpy(), name=f"{benchmark.name} (benchmark)", line=theirs),
        row=1,
        col=1,
    )
    below = equity / equity.cummax() - 1.0
    figure.add_trace(
        Scatter(x=below.index, y=below.to_numpy(), name="drawdown", fill="tozeroy", line=own, showlegend=False),
        row=2,
        col=1,
    )
    figure.update_yaxes(type="log", title="US dollars, log scale", row=1, col=1)
    figure.update_yaxes(tickformat=".0%", title="drawdown", row=2, col=1)
    figure.update_layout(title=title, template="plotly_white", legend={"orientation": "h"}, height=520)
    return figure
