"""From a plan to this week's list: who is eligible, who is drawn, and what the lot can show.

One list an initiative and ISO week: asked for again, the same list comes back, however the first call ended. The seed
follows from the initiative, the week and the company's key, so that nobody can draw until the names please.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from pipelines.care import lot
from pipelines.care.outlook import Initiative, Outlook, outlook_of
from pipelines.care.rules import Eligible, eligible, local_day
from pipelines.journal import OPEN, Act, Draw, Journal, Plan, PlanChanged, act_id_of
from pipelines.settings import Settings
from pipelines.store import Build, Store

_ON_A_LIST = ("act_id", "customer_key", "alias", "kind", "reason", "due_on")


class CareError(Exception):
    """No list can be made; the message says why and what to do."""


@dataclass(frozen=True)
class Proposal:
    """Who would be in the lot, and who not and why; `plan` is the journal's as it stood, if it has one."""

    initiative: Initiative
    plan: Plan | None
    build_id: str
    frame: pl.DataFrame
    refused: dict[str, int]
    vetoed: pl.DataFrame


@dataclass(frozen=True)
class Listed:
    """A list as it was drawn.

    Attributes:
        acts: act_id, customer_key, alias, kind, reason, due_on of those drawn (or owed). rows: the whole lot, with arm,
            stratum and probability; those not drawn are for the analysis, not for the team.
        outlook: None where nobody waits. is_new: whether nobody had drawn it before.
    """

    initiative: Initiative
    draw: Draw | None
    acts: pl.DataFrame
    n_waiting: int
    outlook: Outlook | None
    is_new: bool

    @property
    def for_file(self) -> pl.DataFrame:
        """The acts in the columns of a list for the CRM, without names."""
        one = self.initiative
        return self.acts.with_columns(initiative_id=pl.lit(one.initiative_id), occasion=pl.lit(one.occasion))


def propose(store: Store, settings: Settings, initiative_id: str) -> Proposal:
    """Everybody with whom it is time for what the initiative does, after all rules and vetoes.

    Raises:
        CareError: no build, no such initiative, it serves no known occasion, has not begun or was stopped.
    """
    build, journal = _published(store), Journal(store)
    plan = journal.plan(initiative_id)
    one = find_initiative(build, journal, settings, initiative_id)
    found = _eligible(build, journal, settings, one)
    people = found.people if one.care_class == "owed" else lot.merged_strata(found.people)
    return Proposal(one, plan, build.id, people, found.refused, found.vetoed)


def carry_out(
    store: Store,
    settings: Settings,
    initiative_id: str,
    capacity: int | None,
    by: str,
    seed: int | None = None,
    *,
    dry_run: bool = False,
    seen: Proposal | None = None,
) -> Listed:
    """Draw this week's list and write it down; what is owed is not drawn: everybody is on it.

    Args:
        capacity: how many acts can be done; the plan's own where None. by: who asks. seed: of the lot; one of the
            week's own where None. dry_run: write nothing. seen: what whoever asks was shown.

    Raises:
        CareError: see `propose`; or nobody is eligible, or no capacity is known.
        PlanChanged: another plan stands than the one that was shown.
        JournalError: see `record_draw`.
    """
    proposal = propose(store, settings, initiative_id)
    one, journal, now = proposal.initiative, Journal(store), settings.as_of()
    build = Build(store.builds_folder / proposal.build_id)
    if one.care_class == "owed":
        acts = _acts(proposal.frame, one)
        before = journal.acts(states=OPEN).filter(
            pl.col("occasion") == one.occasion, pl.col("care_class") == "owed"
        )
        if not dry_run:
            journal.plan_acts(acts, by, now)
        shown = pl.concat([_with_alias(build, before), _shown(acts, proposal.frame)])
        return Listed(one, None, shown.unique("act_id").sort("due_on", "act_id"), 0, None, bool(acts))
    period = iso_week(local_day(now, settings.zone))
    known = next((draw for draw in journal.draws(initiative_id) if draw.period == period), None)
    if known is not None:
        return _listed(build, journal, one, known, settings, is_new=False)
    if seen is not None and seen.plan != proposal.plan:
        raise PlanChanged(initiative_id)
    hands = capacity or one.capacity_a_week
    if hands is None:
        raise CareError(
            f"How many acts can be done this week? {one.name} does not say it in its plan. Say it here, for example "
            f"with: careful plan {initiative_id} --capacity 50"
        )
    if proposal.frame.is_empty():
        raise CareError(
            f"Nobody can be approached for {one.name} now, so no lot was drawn. "
            + (f"{sum(proposal.refused.values())} wait or must not be contacted." if proposal.refused else "")
        )
    start = own_seed(build, initiative_id, period) if seed is None else seed
    rows = lot.draw(proposal.frame, hands, one.wait_share, start)
    draw = Draw(
        draw_id=f"{initiative_id}-{period}",
        initiative_id=initiative_id,
        period=period,
        seed=start,
        drawn_at=now,
        build_id=build.id,
        capacity=hands,
        by=by,
        rows=rows.select("customer_key", "arm", "stratum", "probability", "reason"),
    )
    drawn = rows.filter(pl.col("arm") == lot.TREATED)
    draw = replace(draw, acts=tuple(_acts(drawn, one, draw.draw_id)))
    if dry_run:
        outlook = outlook_of(
            build, one, draw, local_day(draw.drawn_at, settings.zone), journal.draws(initiative_id)
        )
        return Listed(
            one, draw, _shown(draw.acts, proposal.frame), rows.height - drawn.height, outlook, is_new=True
        )
    standing = journal.record_draw(draw, proposal.plan)
    return _listed(build, journal, one, standing, settings, is_new=standing is draw)


def take_up_owed(store: Store, settings: Settings, by: str) -> int:
    """Put everything owed on the list, with or without an initiative; what is on it stays. Returns how many are new.

    Raises:
        CareError: nothing is published yet.
    """
    return Journal(store).plan_acts(owed_acts(store, settings), by, settings.as_of())


def owed_acts(store: Store, settings: Settings) -> list[Act]:
    """Everything owed that `take_up_owed` would put on the list; nothing is written.

    Raises:
        CareError: nothing is published yet.
    """
    build, journal, now = _published(store), Journal(store), settings.as_of()
    occasions = build.query_people(
        "select occasion, min(initiative_id) as initiative_id from care_proposal where care_class = 'owed' "
        "group by occasion order by occasion"
    )
    acts: list[Act] = []
    for occasion, initiative_id in occasions.iter_rows():
        found = eligible(build, journal, occasion, initiative_id or "", 0, now, settings.zone)
        acts += [_act(row, occasion, "owed", initiative_id) for row in found.people.iter_rows(named=True)]
    return acts


def find_initiative(build: Build, journal: Journal, settings: Settings, initiative_id: str) -> Initiative:
    """The initiative as planned in the journal, else as the company's list has it.

    Raises:
        CareError: there is none, or no list can be made for it.
    """
    plan = journal.plan(initiative_id)
    one = _from_plan(plan) if plan else _from_build(build, initiative_id)
    occasions = dict(build.query_people("select distinct occasion, care_class from care_proposal").rows())
    if one is None:
        ids = ", ".join(sorted({*_ids(build), *(each.initiative_id for each in journal.plans())}))
        raise CareError(f"There is no initiative {initiative_id!r}. Known are: {ids or 'none yet'}.")
    if not one.occasion:
        raise CareError(
            f"{one.name} serves no occasion, so nobody can be listed for it. Give it one in the column `occasion`: "
            f"{', '.join(sorted(occasions)) or 'a file of queries/occasions'}."
        )
    if one.care_class == "extra" and occasions.get(one.occasion) == "owed":
        raise CareError(
            f"{one.name} is extra care, but what {one.occasion!r} asks for is owed to everybody and never drawn. Give "
            "it an occasion of its own."
        )
    if one.starts_on > local_day(settings.as_of(), settings.zone):
        raise CareError(f"{one.name} starts on {one.starts_on:%d %B %Y}; there is no list before.")
    last = journal.decisions().filter(pl.col("initiative_id") == initiative_id).tail(1)
    if last["choice"].to_list() == ["stop"]:
        raise CareError(f"{one.name} was stopped on {last['at'][0]:%d %B %Y}. Plan a new one to go on.")
    return one


def own_seed(build: Build, initiative_id: str, period: str) -> int:
    """The seed of an initiative and week: not to be chosen, and to be found again by whoever has the build."""
    text = f"{build.manifest['key_fingerprint']}|{initiative_id}|{period}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


def iso_week(day: date) -> str:
    """Such as `2026-W47`."""
    return f"{day:%G-W%V}"


def _published(store: Store) -> Build:
    build = store.current()
    if build is None:
        raise CareError("Nothing is published yet, so nobody is known. Run `careful run` first.")
    return build


def _eligible(build: Build, journal: Journal, settings: Settings, one: Initiative) -> Eligible:
    return eligible(
        build, journal, one.occasion, one.initiative_id, one.horizon_days, settings.as_of(), settings.zone
    )


def _from_plan(plan: Plan) -> Initiative:
    return Initiative(
        plan.initiative_id,
        plan.name,
        plan.occasion or "",
        plan.care_class,
        plan.horizon_days,
        plan.smallest_effect,
        plan.starts_on,
        plan.wait_share,
        plan.capacity_a_week,
        max(1, len(plan.looks)),
    )


def _ids(build: Build) -> list[str]:
    return build.query("select initiative_id from initiative")["initiative_id"].to_list()


def _from_build(build: Build, initiative_id: str) -> Initiative | None:
    rows = build.query(
        "select initiative_id, name, coalesce(occasion, '') as occasion, care_class, horizon_days, "
        "coalesce(smallest_effect_worth_having, 0) as smallest_effect, starts_on, "
        "coalesce(len(string_split(looks_on, ';')), 1) as looks from initiative "
        "where initiative_id = $one",
        {"one": initiative_id},
    ).to_dicts()
    return Initiative(**rows[0]) if rows else None


def _acts(people: pl.DataFrame, one: Initiative, draw_id: str | None = None) -> list[Act]:
    return [
        _act(row, one.occasion, one.care_class, one.initiative_id, draw_id)
        for row in people.iter_rows(named=True)
    ]


def _act(
    row: dict[str, Any], occasion: str, care_class: Any, initiative_id: str | None, draw_id: str | None = None
) -> Act:
    """A drawn act is named by its draw, an owed one by what it answers: neither is planned twice."""
    return Act(
        act_id=act_id_of(draw_id or occasion, row["customer_key"], "" if draw_id else row["since_on"]),
        occasion=occasion,
        customer_key=row["customer_key"],
        kind=row["kind"],
        reason=row["reason"],
        due_on=row["due_on"],
        care_class=care_class,
        since_on=row["since_on"],
        initiative_id=initiative_id,
        draw_id=draw_id,
    )


def _shown(acts: Iterable[Act], people: pl.DataFrame) -> pl.DataFrame:
    named = pl.DataFrame(
        [(act.act_id, act.customer_key) for act in acts],
        schema={"act_id": pl.String, "customer_key": pl.String},
        orient="row",
    )
    about = people.select("customer_key", "alias", "kind", "reason", "due_on")
    return named.join(about, on="customer_key").select(_ON_A_LIST).sort("due_on", "act_id")


def _listed(
    build: Build, journal: Journal, one: Initiative, draw: Draw, settings: Settings, *, is_new: bool
) -> Listed:
    """A draw as the journal has it."""
    acts = journal.acts(draw.initiative_id).filter(pl.col("draw_id") == draw.draw_id)
    waiting = draw.rows.filter(pl.col("arm") == lot.CONTROL).height
    return Listed(
        one,
        draw,
        _with_alias(build, acts),
        waiting,
        outlook_of(
            build, one, draw, local_day(draw.drawn_at, settings.zone), journal.draws(one.initiative_id)
        ),
        is_new,
    )


def _with_alias(build: Build, acts: pl.DataFrame) -> pl.DataFrame:
    """Acts of the journal as a list shows them."""
    aliases = build.query_people(
        "select customer_key, alias from customer_value where list_contains($keys, customer_key)",
        {"keys": acts["customer_key"].to_list()},
    )
    return acts.join(aliases, on="customer_key", how="left", maintain_order="left").select(_ON_A_LIST)
