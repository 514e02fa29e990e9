"""What a file of a report says, without anything that only sets it."""

import html as entities
import io
import re
from html.parser import HTMLParser

import openpyxl
import pypdf


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2060]", "", text)


def words_of(page: str) -> str:
    return squeezed(entities.unescape(re.sub(r"<[^>]+>", "", page)))


def text_of(reader: pypdf.PdfReader) -> str:
    return squeezed("".join(page.extract_text() for page in reader.pages))


def cells(book: bytes) -> str:
    found = openpyxl.load_workbook(io.BytesIO(book))
    return squeezed("".join(str(cell.value) for page in found for row in page.rows for cell in row))


class Outline(HTMLParser):
    """The elements of a page, each with whether it was closed in its place."""

    VOID = frozenset({"meta", "br", "path", "circle", "img", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
