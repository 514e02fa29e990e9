"""Sales at risk lead with what is left after those who felt good are taken off."""

from typing import Any

from dashboard import at_risk


def row(**more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"n": 1583, "sales_amount": 500_000, "currency": "EUR"}
    for name, share in {
        "bad": 0.13,
        "cut": 0.74,
        "cut_anyway": 0.6,
        "at_risk": 0.098,
        "excess": 0.02,
    }.items():
        told |= {
            f"{name}_share": share,
            f"{name}_share_low": share - 0.012,
            f"{name}_share_high": share + 0.012,
        }
    return told | more


def test_what_happens_anyway_is_taken_off_before_a_figure_is_led_with() -> None:
    told = at_risk.sentence(row())
    assert "About 2 of every 100 in sales may be at risk**, over and above what is lost anyway" in told
    assert "probably between 1 and 3, 1,583 customers asked" in told
    assert "€10,000: probably between €4,000 and €16,000" in told
    assert "9.8" in at_risk.published_way(row())


def test_an_excess_that_may_be_nothing_is_no_figure() -> None:
    told = at_risk.sentence(row(excess_share_low=-0.001))
    assert "can't tell yet" in told
    assert "€" not in told


def test_too_few_who_felt_bad_is_said() -> None:
    assert at_risk.sentence({}).startswith("Too few felt bad")
    assert at_risk.sentence(row(excess_share=None)).startswith("Too few felt bad")
    assert len(at_risk.steps(row(cut_anyway_share=None))) == 2


def test_without_sales_there_is_no_money() -> None:
    assert "€" not in at_risk.sentence(row(sales_amount=None))
