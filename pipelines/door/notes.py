"""What a load says of how its file was read."""

from pipelines.door.dimensions import PREFIX
from pipelines.door.export import Export
from pipelines.door.text import Text


def of_reading(text: Text, export: Export) -> list[str]:
    """What was left out, read in another way or not used."""
    notes = [
        f"{count} text(s) of {name.removeprefix(PREFIX)} look personal and stay in the original file"
        for name, count in export.emptied.items()
    ]
    notes += [
        f"{count} text(s) of {name} told who somebody is; that part is left out"
        for name, count in export.scrubbed.items()
    ]
    if export.found.strangers:
        notes.append(f"{export.found.strangers} file(s) beside it in the ZIP are no known export")
    if export.shifted:
        notes.append(
            f"{export.shifted} time(s) fall in an hour that the clocks skip or repeat: "
            "a skipped hour was read as the next one, a repeated hour as its first pass"
        )
    if text.mixed:
        notes.append(
            f"{text.mixed} line(s) of a file in UTF-8 are in another encoding and were read as cp1252"
        )
    if text.replaced:
        notes.append(f"{text.replaced} byte(s) are in no known encoding and were replaced")
    if export.found.unknown:
        notes.append(f"{len(export.found.unknown)} column(s) are not used and stay in the original file")
    return notes
