"""What the articles ask for is really on the pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from dashboard import claims

ROOT = Path(__file__).parents[2]
PROMISED = [
    "A1", "A2", "A3", "A6", "A8", "A9", "A11", "A12", "A13", "A14", "A15", "A16", "A17", "A18", "A19", "A22",
    "A23", "A29", "A31", "A32", "A33",
    "B2", "B5", "B7", "B12", "B14", "B15", "B16", "B19", "B20", "B22", "B23",
]  # fmt: skip


def test_every_row_that_was_promised_has_a_place() -> None:
    assert [one.id for one in claims.claims()] == PROMISED


def test_the_table_in_the_repository_is_current() -> None:
    assert claims.TABLE.read_text(encoding="utf-8") == claims.markdown(), "run: python -m dashboard.claims"


def test_every_page_of_a_claim_exists_under_its_name() -> None:
    entry = (ROOT / "dashboard" / "app.py").read_text(encoding="utf-8")
    for page, title in claims.TITLES.items():
        assert (ROOT / "dashboard" / "app_pages" / f"{page}.py").is_file()
        assert f'"app_pages/{page}.py"' in entry
        assert f'title="{title}"' in entry


def test_a_claim_on_a_page_that_is_none_is_refused() -> None:
    given = claims.claims()[0].model_dump()
    with pytest.raises(ValidationError):
        claims.Claim.model_validate({**given, "page": "nowhere"})
    with pytest.raises(ValidationError):
        claims.Claim.model_validate({**given, "colour": "red"})


def test_every_sign_stands_on_its_page(
    open_page: Callable[..., AppTest], sample_workspace: Path, said: Callable[[AppTest], str]
) -> None:
    missing = []
    for page in dict.fromkeys(one.page for one in claims.claims()):
        app = open_page(sample_workspace, page)
        labels = [
            getattr(one, "label", "") for kind in ("expander", "popover", "metric") for one in app.get(kind)
        ]
        shown = "\n".join([said(app), *labels])
        missing += [
            f"{one.id} on {one.title}: {one.sign!r}"
            for one in claims.claims()
            if one.page == page and one.sign not in shown
        ]
    assert not missing, "not on their pages:\n" + "\n".join(missing)
