"""The look of the app for pictures outside of it: files, reports, notebooks. In the app the browser gives it.

Colours are those of `.streamlit/config.toml`; nothing is fetched, the fonts are the renderer's own.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import altair as alt
import vl_convert

from dashboard import locales

THEME = Path(__file__).parent.parent.parent / ".streamlit" / "config.toml"
WIDTH, SHARPNESS, MARGIN = 720, 2.0, 24
_FONT = "Source Sans Pro, Liberation Sans, Arial, sans-serif"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def on_paper(chart: alt.TopLevelMixin, width: int = WIDTH) -> dict[str, Any]:
    """A chart with its own look, so that it is the same wherever it is shown."""
    spec: dict[str, Any] = chart.to_dict()
    own = spec.pop("config", {})
    _widen(spec, width)
    printable: dict[str, Any] = _printable(
        {**spec, "config": {**own, **look(), "locale": locales.current().vega}}
    )
    return printable


def svg(chart: alt.TopLevelMixin, width: int = WIDTH) -> str:
    """A chart as SVG."""
    drawn: str = vl_convert.vegalite_to_svg(
        on_paper(chart, width), vl_version=_VEGA_LITE, allowed_base_urls=[]
    )
    return drawn


def png(chart: alt.TopLevelMixin, width: int = WIDTH) -> bytes:
    """A chart as PNG."""
    drawn: bytes = vl_convert.vegalite_to_png(
        on_paper(chart, width), vl_version=_VEGA_LITE, scale=SHARPNESS, allowed_base_urls=[]
    )
    return drawn


def _printable(part: Any) -> Any:
    """The same without characters that XML does not allow: the renderer would abort, and the server with it."""
    if isinstance(part, str):
        return _NOT_IN_XML.sub("\ufffd", part)
    if isinstance(part, dict):
        return {_printable(name): _printable(each) for name, each in part.items()}
    return [_printable(each) for each in part] if isinstance(part, list) else part


def _widen(spec: dict[str, Any], width: int) -> None:
    for part in spec.get("vconcat", ()):
        _widen(part, width)
    if "vconcat" not in spec:
        spec.setdefault("width", width)


@lru_cache(maxsize=2)
def look(mode: Literal["light", "dark"] = "light") -> dict[str, Any]:
    """The theme as a Vega-Lite config."""
    theme = tomllib.loads(THEME.read_text(encoding="utf-8"))["theme"][mode]
    words = {"labelColor": theme["grayTextColor"], "titleColor": theme["grayTextColor"], "labelFontSize": 12,
             "titleFontSize": 12, "titleFontWeight": "normal"}  # fmt: skip
    return {
        "background": theme["backgroundColor"],
        "font": _FONT,
        "padding": MARGIN,
        "range": {
            "category": theme["chartCategoricalColors"],
            "heatmap": theme["chartSequentialColors"],
            "ramp": theme["chartSequentialColors"],
            "diverging": theme["chartDivergingColors"],
        },
        "view": {"stroke": None},
        "axis": {
            **words, "gridColor": theme["borderColor"], "domainColor": theme["borderColor"],
            "tickColor": theme["borderColor"], "domain": False, "ticks": False,
        },
        "title": {"color": theme["textColor"], "subtitleColor": theme["grayTextColor"], "anchor": "start"},
        "text": {"fontSize": 12},
    }  # fmt: skip
