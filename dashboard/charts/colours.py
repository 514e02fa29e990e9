"""The roles of colour. A chart names a role; the theme gives the colour, in light and in dark.

Vega-Lite takes the categorical palette of `.streamlit/config.toml` in order, so the place in `ROLES` is the
place in `theme.light.chartCategoricalColors` and `theme.dark.chartCategoricalColors`. That way a chart
changes with the reader's theme without being drawn again.
"""

from typing import Literal

import altair as alt

Role = Literal["ink", "worse", "better", "steady", "waiting", "success", "effort", "emotion", "faint"]

ROLES: tuple[Role, ...] = (
    "ink", "worse", "better", "steady", "waiting", "success", "effort", "emotion", "faint",
)  # fmt: skip


def by(field: str) -> alt.Color:
    """A colour per row, by a column that holds roles."""
    return alt.Color(field=field, type="nominal", scale=alt.Scale(domain=list(ROLES)), legend=None)


def paint(layer: alt.Chart, role: Role) -> alt.Chart:
    """One colour for a whole layer."""
    return layer.transform_calculate(as_=role, calculate=f"'{role}'").encode(color=by(role))
