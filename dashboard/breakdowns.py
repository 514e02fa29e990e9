"""By what numbers are broken down: segment and region, and the company's own dimensions."""

from dashboard import builds, words

_OWN_KEY = "in_"
"""What the key of an own dimension begins with, in the address too: `?in_plan=Gold` is no other widget's key."""


def offered() -> dict[str, str]:
    """Breakdown -> its label, in the order in which they are offered."""
    return {"segment": "Segment", "region": "Region", **own()}


@builds.worked_out_once
def own() -> dict[str, str]:
    """The company's own dimensions that this build shows -> label; none where it is from before there were any."""
    if not builds.has("own_dimension"):
        return {}
    found = builds.rows("select dimension from own_dimension where state = 'shown' order by dimension")
    return {name: words.capital(named(name)) for name in found["dimension"]}


def named(dimension: str) -> str:
    """A breakdown in a sentence: `customer plan`."""
    return dimension.replace("_", " ")


def key(dimension: str) -> str:
    """The key of its filter, which is its name in the address."""
    return dimension if dimension not in own() else f"{_OWN_KEY}{dimension}"
