"""One click down: the method and why each comparison was chosen or refused, time since the start, what else fits."""

import polars as pl
import streamlit as st

from dashboard import initiatives, words
from dashboard.charts import event_study
from dashboard.initiatives import Judged
from dashboard.parts import picture, table

_ENDS = {"More of 100": "effect", "From": "low", "To": "high"}
_MARKS = {
    True: ":green[:material/check:]",
    False: ":gray[:material/close:]",
    None: ":orange[:material/info:]",
}


def section(one: Judged) -> None:
    """The two expanders at the foot of an initiative."""
    with st.expander("How this was worked out: method, formulas, sensitivity"):
        st.markdown(method(one))
        _reasons(one)
        _since_start(one)
        _sensitivity(one)
    with st.expander("Numbers"):
        _numbers(one)


def method(one: Judged) -> str:
    """How it was compared, at which level, and what a comparison of this size would have shown."""
    if not one.is_compared:
        return "No effect was estimated."
    design = (
        "Intention to treat: everybody drawn is compared with everybody not drawn, whatever was delivered."
        if one.evidence == initiatives.DRAWN
        else "Everybody is counted in the group they were assigned to, whatever was delivered."
    )
    told = [
        design,
        f"Verdict and range use the same {words.decimal(one.level * 100, 1)} % interval.",
        f"Estimator: {words.safe(one.estimator)}." if one.estimator else "",
        "“No difference worth having” is two one-sided tests at 5 %: the range at twice that error lies within the "
        "effect worth having on either side."
        if one.verdict == "no relevant effect"
        else "",
        f"A comparison of this size would most likely have shown {words.of_100(one.detectable)} more of 100."
        if one.detectable and one.detectable < 1
        else "",
    ]
    return " ".join(part for part in told if part)


def _reasons(one: Judged) -> None:
    steps = initiatives.detail("initiative_reason", one.initiative_id)
    if steps.is_empty():
        return
    st.markdown("**Why this comparison**")
    lines = [
        f"{_MARKS[passed]} {f'Rung {rung}. ' if rung is not None else ''}{words.localised(words.safe(says))}"
        for rung, passed, says in steps.select("rung", "passed", "says").iter_rows()
    ]
    st.markdown("  \n".join(lines))


def _since_start(one: Judged) -> None:
    points = initiatives.detail("initiative_event_study", one.initiative_id)
    if points.is_empty():
        return
    main = points["estimator"][0] if one.estimator not in points["estimator"] else one.estimator
    st.markdown("**The effect by time since the start**")
    picture.show(
        event_study.event_study,
        points.with_columns(is_main=pl.col("estimator") == main),
        name=f"event_study_{one.initiative_id}",
        takeaway="Effect by time since the start; before it, points should lie around nothing",
    )
    test = (
        f" Joint test before the start: p = {words.decimal(one.pretrend_p, 3)}."
        if one.pretrend_p is not None
        else ""
    )
    st.markdown(
        f":small[Bars hold for each point alone, the band for all points together.{test} Points before the start that "
        "lie around nothing are no proof that both groups would have gone on alike: small drifts escape such a test. "
        "How large a drift the result survives is said below, where it was worked out.]"
    )
    table.behind(
        points.select(
            pl.col("estimator").alias("Estimator"), pl.col("relative_period").alias("Since the start"),
            *_of_100({"Effect": "effect", "From": "effect_low", "To": "effect_high", "Band from": "band_low",
                      "Band to": "band_high"}),
            pl.col("n_treated").alias("Rests on"),
        ),
        f"{one.name}: effect by time since the start",
    )  # fmt: skip


def _sensitivity(one: Judged) -> None:
    others = initiatives.detail("initiative_sensitivity", one.initiative_id)
    if others.height:
        st.markdown("**Worked out another way, and honest bounds**")
        table.plain(
            others.select(pl.col("what").alias("What"), *_in_words(_ENDS)),
            f"{one.name}: the effect under other assumptions",
        )
    gestures = initiatives.detail("initiative_gesture", one.initiative_id)
    if gestures.height:
        st.markdown("**The first gesture and the next**")
        table.plain(
            gestures.select(
                _nth(gestures).alias("Gesture"), *_in_words(_ENDS), pl.col("n_treated").alias("Drawn"),
                pl.col("n_control").alias("Not drawn"),
            ),
            f"{one.name}: the effect by how many gestures came before",
        )  # fmt: skip


def _numbers(one: Judged) -> None:
    if one.n_treated or one.n_control:
        groups = ("Drawn", "Not drawn") if one.evidence == initiatives.DRAWN else ("Got it", "Compared with")
        each = (
            (groups[0], one.n_treated, one.successes_treated),
            (groups[1], one.n_control, one.successes_control),
        )
        table.plain(
            pl.DataFrame(
                [
                    (name, words.count(n), words.count(x) if x is not None else "not counted",
                     words.of_100(x / n, 0.01) if x is not None and n else "")
                    for name, n, x in each
                ],
                schema=[" ", "People", words.capital(one.judged_by.did), "Of 100"], orient="row",
            ),
            f"{one.name}: both groups",
        )  # fmt: skip
    facts = {
        "Effect, more of 100": _share(one.effect),
        "From": _share(one.low),
        "To": _share(one.high),
        "Level of the range": f"{words.decimal(one.level * 100, 1)} %" if one.is_compared else "",
        "p-value": _p(one.p_value),
        "p-value, allowing for all initiatives": _p(one.p_adjusted),
        "Clusters": words.count(one.clusters) if one.clusters else "",
        "Smallest effect that would most likely show, of 100": _share(one.detectable),
        "p-value of the draw": _p(one.draw_p),
        "p-value before the start": _p(one.pretrend_p),
    }
    known = [(name, figure) for name, figure in facts.items() if figure]
    if known:
        table.plain(
            pl.DataFrame(known, schema=["Figure", "Value"], orient="row"), f"{one.name}: every figure"
        )


def _of_100(named: dict[str, str]) -> list[pl.Expr]:
    return [(pl.col(column) * 100).round(1).alias(name) for name, column in named.items()]


def _in_words(named: dict[str, str]) -> list[pl.Expr]:
    """Shares as text, so that a small table shows one decimal."""
    return [
        pl.col(column).map_elements(lambda x: words.decimal(x * 100, 1), return_dtype=pl.String).alias(name)
        for name, column in named.items()
    ]


def _nth(gestures: pl.DataFrame) -> pl.Expr:
    """1, 2, and 3 or more."""
    number = pl.col("nth").cast(pl.String)
    if "is_or_more" not in gestures.columns:
        return number
    return pl.when(pl.col("is_or_more")).then(number + " or more").otherwise(number)


def _share(share: float | None) -> str:
    return words.decimal(share * 100, 1) if share is not None and abs(share) <= 1 else ""


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "below 0.001" if value < 0.001 else words.decimal(value, 3)
