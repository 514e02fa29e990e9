"""Pictures: a frame in, an Altair chart out, no Streamlit inside."""

import altair as alt

Picture = alt.LayerChart | alt.FacetChart
"""What `altair.layer` returns."""
