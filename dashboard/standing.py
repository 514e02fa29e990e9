"""How the published build stands, in sentences: what `careful status` says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dashboard import locales, words
from pipelines.settings import Settings


def in_words(about: dict[str, Any], settings: Settings) -> list[str]:
    """The build, how far each source reaches, what waits and what failed last, a sentence each, on the company's clock.

    Args:
        about: as `pipelines.standing.about` tells it.
    """
    with locales.using(locales.of_company(settings.company)):
        return list(_sentences(about, settings))


def _sentences(about: dict[str, Any], settings: Settings) -> Iterator[str]:
    def instant(text: str) -> str:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(settings.zone)
        return words.instant(moment.replace(tzinfo=None)).replace("\u202f", " ")

    if about["build"] is None:
        yield "Nothing is published yet. Run `careful run`."
    else:
        yield (
            f"{about['company']}: the published numbers are as of {instant(about['as_of'])} and were made "
            f"{about['age_hours']:.1f} hours ago (build {about['build']})."
        )
    reach: dict[str, list[str]] = {}
    for name, source in sorted(about["sources"].items()):
        reach.setdefault(name.partition("__")[0], []).append(source["data_through_at"] or "")
    for name, ends in reach.items():
        until = f"up to {instant(max(ends))}" if max(ends) else "without any times"
        yield f"{words.source(name)}: data {until}."
    if waiting := about["waiting_files"]:
        yield f"{words.plural(waiting, 'file')} in the inbox {_waits(waiting)} for the next run."
    if written := about["unlanded_entries"]:
        yield (
            f"{words.plural(written, 'entry', 'entries')} in your journal (plans, lists, what became of them) "
            f"{_waits(written)} for the next run."
        )
    if refused := about["refused_files"]:
        lie = "lies" if refused == 1 else "lie"
        yield (
            f"{words.plural(refused, 'refused file')} {lie} in inbox/refused/, with the reason beside each: mend and "
            "move it back into the inbox, or delete it."
        )
    if erasures := about["unfinished_erasures"]:
        yield f"{words.plural(erasures, 'erasure')} {_waits(erasures)} for the next run to end it."
    for failure in about["failures"]:
        yield f"The run of {instant(failure['started_at'])} published nothing: {failure['reason'].rstrip('.')}."


def _waits(number: int) -> str:
    return "waits" if number == 1 else "wait"
