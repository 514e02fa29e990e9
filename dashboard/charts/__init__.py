"""Pictures: a frame in, an Altair chart out, no Streamlit inside."""

import altair as alt

Picture = alt.LayerChart | alt.FacetChart
"""What `altair.layer` returns."""

ESTIMATE = (
    alt.Tooltip("value:Q", title="Of 100", format=".1f"),
    alt.Tooltip("low:Q", title="Probably from", format=".1f"),
    alt.Tooltip("high:Q", title="to", format=".1f"),
)
"""What a reader who points at an estimate is told: the columns value, low and high, of 100."""
