"""What goes into each drop: the history, then eight Mondays with what changed, and what went wrong in them."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from sample_data import care, contact_states, initiatives
from sample_data.clock import HOUR, NEVER, epoch, to_utc
from sample_data.files import Outbox, Spoilt, csv_writer, json_lines
from sample_data.survey import INVITATIONS_LOGGED_FROM
from sample_data.vendors import careful, hubspot, hubspot_sales, qualtrics, salesforce, shopify, zendesk
from sample_data.world import CERTAIN, World

OLD_LABELS_DROP = 3
SURVEY_OVERLAPS = (3, 6)
RESENT_ORDERS_DROP = 5
CORRECTED_TICKET_DROP = 4
PLAIN_DROP = 1
LOG_IN_PAGE = b"""<!DOCTYPE html>
<html lang="de"><head><title>Anmelden | Log in</title></head>
<body><h1>Ihre Sitzung ist abgelaufen. Your session has expired.</h1>
<form action="/login" method="post"><input name="user"><input name="password" type="password"></form>
</body></html>
"""

quoted, minimal = csv_writer(quoted=True), csv_writer()


def write_drops(world: World, outbox: Outbox) -> None:
    """Writes all nine drops, and before them the lists of the lots, each on the Monday after it was drawn."""
    _lots(world, outbox)
    for number, day in enumerate(world.clock.drops):
        cut = world.clock.cuts[number]
        since = 0 if number == 0 else world.clock.cuts[number - 1]
        for write in (_hubspot, _salesforce, _zendesk, _qualtrics, _shopify, _careful):
            write(world, outbox, number, day, cut, since)
    outbox.deliver_unreadable(
        world.clock.drops[-1], f"hubspot-crm-exports-all-tickets-{world.clock.drops[-1]}-1.csv", LOG_IN_PAGE
    )


def _hubspot(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    old = number == OLD_LABELS_DROP
    label = {kind: f"{kind} ID" if old else "Record ID" for kind in ("Contact", "Deal", "Ticket")}
    contacts = hubspot.contact_rows(
        world.people, world.duplicates, world.feedback, world.orders, cut, since, label["Contact"]
    )
    deals = hubspot_sales.deal_rows(world.deals, world.people, cut, since, label["Deal"])
    tickets = hubspot_sales.ticket_rows(world.hubspot_tickets, world.people, cut, since, label["Ticket"])
    given = world.feedback.filter(pl.col("submitted_at").is_between(since, cut, closed="left"))
    spoilt: list[Spoilt] = []
    if number == 2:
        deals = spoil(
            deals,
            "Create Date",
            "05/04/2024",
            "Record ID",
            pl.col("Deal Stage") != "Closed won",
            "date",
            spoilt,
        )
    if number == 5:
        deals = spoil(
            deals,
            "Amount",
            "auf Anfrage",
            "Record ID",
            pl.col("Deal Stage") != "Closed won",
            "number",
            spoilt,
        )
    name = "hubspot-crm-exports-{}-" + day.isoformat() + ".csv"
    outbox.deliver(
        day,
        name.format("all-contacts"),
        ("hubspot", "contact"),
        contacts,
        quoted,
        stays_plain=number == PLAIN_DROP,
    )
    outbox.deliver(day, name.format("all-deals"), ("hubspot", "deal"), deals, quoted, spoilt=spoilt)
    outbox.deliver(day, name.format("all-tickets"), ("hubspot", "ticket"), tickets, quoted)
    outbox.deliver(
        day,
        name.format("customer-feedback"),
        ("hubspot", "feedback"),
        hubspot.feedback_rows(given, world.people),
        quoted,
    )


def _salesforce(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    members = world.salesforce.export(cut)
    outbox.deliver_archive(
        day, salesforce.ARCHIVE, "salesforce", members, csv_writer(quoted=True, encoding="cp1252")
    )


def _zendesk(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    tickets = zendesk.changed(world.contacts, cut, since)
    if number in (CORRECTED_TICKET_DROP - 1, CORRECTED_TICKET_DROP):
        tickets = _with_correction(world, tickets, number)
    agent_ids = world.agents["agent_id"].to_list()
    spoilt, line = [], b""
    if number == 6:
        whole = json_lines(next(zendesk.rows(tickets.tail(1), world.people, agent_ids, cut)), True)
        line = whole[: len(whole) // 2] + b"\n"
        spoilt = [
            Spoilt(
                str(tickets["ticket_id"][-1]),
                "",
                "cut off in the middle of the line; the whole ticket is there too",
            )
        ]
    parts = zendesk.rows(tickets, world.people, agent_ids, cut)
    about = ("zendesk", "ticket")
    outbox.deliver(day, f"tickets_{day}.ndjson", about, parts, json_lines, spoilt=spoilt, spoilt_line=line)


def _with_correction(world: World, tickets: pl.DataFrame, number: int) -> pl.DataFrame:
    """One ticket is exported with a wrong hour of the first answer, and again, corrected, a week later."""
    before, after = world.clock.cuts[CORRECTED_TICKET_DROP - 2 : CORRECTED_TICKET_DROP]
    settled = world.contacts.filter(
        (pl.col("channel") == "email")
        & pl.col("opened_at").is_between(before, after - 40 * HOUR)
        & (pl.col("resolved_at") < after - HOUR)
        & (pl.col("rated_at") == NEVER)
        & (pl.col("first_human_at") < NEVER)
    )
    if settled.is_empty():
        return tickets
    one = settled["ticket_id"][0]
    if number == CORRECTED_TICKET_DROP - 1:
        wrong = pl.when(pl.col("ticket_id") == one).then(pl.col("resolved_at")).otherwise("first_human_at")
        return tickets.with_columns(first_human_at=wrong)
    corrected_at = world.clock.cuts[CORRECTED_TICKET_DROP] - 60 * HOUR
    again = zendesk.changed(settled.head(1), world.clock.cuts[number], 0).with_columns(
        updated_at=pl.lit(corrected_at, dtype=pl.Int64)
    )
    return pl.concat([tickets, again.select(tickets.columns)])


def _qualtrics(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    begins = world.clock.cuts[number - 2] if number in SURVEY_OVERLAPS else since
    wave = world.responses.filter(pl.col("known_at").is_between(begins, cut, closed="left"))
    language = "de" if number % 2 else "en"
    tests = qualtrics.previews((day - timedelta(days=6)).isoformat(), number)
    spoilt: list[Spoilt] = []

    def parts() -> Iterator[pl.DataFrame]:
        answers = qualtrics.rows(wave, world.people)
        if number in (2, 5):
            answers = spoil(answers, "Q3", "9", "ResponseId", pl.col("Finished") == "1", "scale", spoilt)
        for count, part in enumerate(answers):
            yield part if count else pl.concat([tests, part])

    name = f"Relationship_survey_{day:%B}_{day.day}_{day.year}_07.02.csv"
    facts = {"previews": tests.height, "unfinished": int((~wave["is_finished"]).sum())}
    outbox.deliver(
        day,
        name,
        ("qualtrics", "response"),
        parts(),
        qualtrics.writer(language),
        set_aside=pl.col("Finished") != "1",
        spoilt=spoilt,
        facts=facts,
    )


def _shopify(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    orders = shopify.orders_in(world.order_book, number)
    spoilt: list[Spoilt] = []
    line = b""
    rows = shopify.rows(world.seed, orders, world.people, number, world.clock)
    if number in (1, 2):
        frame = pl.concat(list(rows))
        single = frame.filter((pl.len().over("Name") == 1) & (pl.int_range(pl.len()) < 40))["Name"][0]
        chosen = pl.col("Name") == single
        if number == 1:
            line = minimal(frame.filter(chosen), False).replace(b"\n", b",surplus cell\n")
            spoilt = [Spoilt(single, "", "one cell too many; right in the next file")]
            frame = frame.filter(~chosen)
        else:
            frame = frame.with_columns(
                pl.when(chosen).then(pl.lit("zwölf")).otherwise("Total").alias("Total")
            )
            spoilt = [Spoilt(single, "Total", "text in an amount; right in the next file")]
        rows = iter([frame])
    about = ("shopify", "order")
    if number == RESENT_ORDERS_DROP:
        old = shopify.orders_in(world.order_book, number - 1)
        again = shopify.rows(world.seed, old, world.people, number - 1, world.clock)
        outbox.deliver(day, "orders_export_1 (1).csv", about, again, minimal, record="Name")
    outbox.deliver(
        day, "orders_export_1.csv", about, rows, minimal,
        record="Name", spoilt=spoilt, spoilt_line=line, stays_plain=number == PLAIN_DROP,
    )  # fmt: skip


def _careful(world: World, outbox: Outbox, number: int, day: date, cut: int, since: int) -> None:
    def deliver(
        name: str, kind: str, parts: Iterator[pl.DataFrame], spoilt: list[Spoilt] | None = None
    ) -> None:
        bare = (part.with_columns(pl.col(pl.String).replace("", None)) for part in parts)
        outbox.deliver(day, f"{name}.csv", ("careful", kind), bare, minimal, spoilt=spoilt)

    if number == 0:
        lot_days = world.purchases.draw["assigned_at"]
        note_from = date.fromtimestamp(int(lot_days.min() or cut))  # type: ignore[arg-type]
        costs = _costs(world)
        deliver("initiatives", "initiative", iter([initiatives.plans(note_from, costs)]))
        deliver("agents", "agent", iter([world.agents]))
    if number == 0 or day.isoformat() == care.GOAL_RAISED_ON:
        deliver("goals", "goal", iter([care.goals(day)]))
    happened = care.events(day)
    if happened.height:
        deliver("events", "event", iter([happened]))
    promises = care.promises(day, None if number == 0 else world.clock.drops[number - 1])
    if promises.height:
        deliver("promises", "promise", iter([promises]))

    listed = {key for key, (_, share) in world.assigned.items() if number or share == CERTAIN}
    deliver("assignments", "assignment", iter([_assigned(world, cut, since, listed)]))
    states = contact_states.rows(world.contact_states, world.people, cut, since)
    deliver("contact_states", "contact_state", iter([states]))

    spoilt: list[Spoilt] = []
    contact_ids = dict(
        zip(world.salesforce.people["customer"].to_list(), world.salesforce.contact_id.to_list(), strict=True)
    )
    acts = careful.act_rows(world.acts, world.people, contact_ids, cut, since)
    if number == 4:
        acts = spoil(acts, "outcome", "maybe", "act_id", pl.col("initiative_id") == "", "word", spoilt)
    deliver("care_acts", "care_act", acts, spoilt)

    logged_from = max(since, epoch(INVITATIONS_LOGGED_FROM))
    logged = world.invitations.with_row_index("invitation").filter(
        pl.col("invited_at") >= epoch(INVITATIONS_LOGGED_FROM)
    )
    answers = world.responses.filter("is_finished").select("invitation", answered_at="ended_at")
    logged = logged.with_columns(pl.col("invitation").cast(pl.Int64)).join(
        answers, on="invitation", how="left", maintain_order="left"
    )
    deliver("survey_invitations", "invitation", careful.invitation_rows(
        logged, logged["answered_at"].fill_null(NEVER).to_numpy(), world.people, cut, logged_from
    ))  # fmt: skip


def _lots(world: World, outbox: Outbox) -> None:
    """Who was drawn, week by week before the history: on file before anybody could know what came of it."""
    since = epoch(world.clock.opens_on)
    drawn = {key for key, (_, share) in world.assigned.items() if share != CERTAIN}
    for day in world.clock.mondays_before:
        cut = int(to_utc(np.array([epoch(day)]))[0])
        rows = _assigned(world, cut, since, drawn)
        if rows.height:
            outbox.deliver(
                day, "assignments.csv", ("careful", "assignment"), iter([rows]), minimal, zipped_from=1
            )
        since = cut


def _assigned(world: World, cut: int, since: int, wanted: set[str]) -> pl.DataFrame:
    """Who was drawn or meant for some initiatives between two moments."""
    return pl.concat(
        careful.assignment_rows(
            group.filter(pl.col("assigned_at").is_between(since, cut, closed="left")),
            world.people,
            key,
            share,
        )
        for key, (group, share) in world.assigned.items()
        if key in wanted
    )


def _costs(world: World) -> dict[str, str]:
    spent = world.acts.group_by("initiative_id").agg(pl.col("cost_amount").cast(pl.Float64).sum())
    return {key: f"{amount:.2f}" for key, amount in spent.iter_rows()}


def spoil(
    parts: Iterator[pl.DataFrame],
    column: str,
    text: str,
    record: str,
    where: pl.Expr,
    what: str,
    spoilt: list[Spoilt],
) -> Iterator[pl.DataFrame]:
    """Puts `text` into `column` of the first row of the first part for which `where` holds, and books it."""
    for count, part in enumerate(parts):
        hit = part.with_row_index().filter(where).head(1)
        if count or hit.is_empty():
            yield part
            continue
        spoilt.append(Spoilt(hit[record][0], column, f"not a {what}: {text}"))
        here = pl.int_range(pl.len()) == hit["index"][0]
        yield part.with_columns(pl.when(here).then(pl.lit(text)).otherwise(column).alias(column))
