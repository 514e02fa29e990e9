"""What arrived and is in no number all the same, in plain words."""

from collections.abc import Callable

from pipelines.build import Made
from pipelines.store import Build


def in_words(made: Made) -> list[str]:
    """A sentence for each kind of thing that was taken in and is not counted, and what to do about it."""
    build = Build(made.path)
    try:
        return [
            sentence(names)
            for sql, sentence in _LOOKS.items()
            if (names := [str(name) for (name,) in build.query(sql).rows()])
        ]
    finally:
        build.close()


def _unmapped(sources: list[str]) -> str:
    tables = _listed([f"[mapping.{source}]" for source in sources])
    return (
        f"Survey answers arrived from {_listed(sources)} before any of their questions was mapped, so they are in no "
        f"number. Say below {tables} in careful.toml which column is which question, and put the files into inbox/ "
        "once more."
    )


def _unrated(currencies: list[str]) -> str:
    return (
        f"Amounts in {_listed(currencies)} have no exchange rate for their day, so they are in no sum. Add it to "
        "rates.csv: currency,valid_from,rate_to_reporting."
    )


_LOOKS: dict[str, Callable[[list[str]], str]] = {
    "select source from unmapped_survey order by source": _unmapped,
    "select currency from unrated_currency order by currency": _unrated,
}


def _listed(names: list[str]) -> str:
    """`a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
