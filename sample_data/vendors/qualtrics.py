"""Qualtrics CSV v3: three header rows, the second in the language of whoever exported it."""

import csv
import io
import json
from collections.abc import Iterator

import polars as pl

from sample_data.clock import ZONE, local_text
from sample_data.files import Writer, csv_writer, in_parts
from sample_data.survey import ITEMS, QUESTION_IDS

META = [
    # column, English, German, ImportId
    ("StartDate", "Start Date", "Anfangsdatum", "startDate"),
    ("EndDate", "End Date", "Enddatum", "endDate"),
    ("Status", "Response Type", "Antworttyp", "status"),
    ("IPAddress", "IP Address", "IP-Adresse", "ipAddress"),
    ("Progress", "Progress", "Aktueller Stand", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "Dauer (in Sekunden)", "duration"),
    ("Finished", "Finished", "Beendet", "finished"),
    ("RecordedDate", "Recorded Date", "Erfassungsdatum", "recordedDate"),
    ("ResponseId", "Response ID", "Antwort-ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "Nachname des Empfängers", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "Vorname des Empfängers", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "E-Mail des Empfängers", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "Externe Datenreferenz", "externalDataReference"),
    ("LocationLatitude", "Location Latitude", "Breitengrad des Standorts", "locationLatitude"),
    ("LocationLongitude", "Location Longitude", "Längengrad des Standorts", "locationLongitude"),
    ("DistributionChannel", "Distribution Channel", "Verteilungskanal", "distributionChannel"),
    ("UserLanguage", "User Language", "Benutzersprache", "userLanguage"),
]
QUESTIONS = [
    (
        "Q1",
        "Thinking of your last experience with us:\nto what degree could you do what you wanted?",
        "Wenn Sie an Ihre letzte Erfahrung mit uns denken:\nKonnten Sie tun, was Sie wollten?",
        "QID1",
    ),
    ("Q2", "How easy was it?", "Wie leicht war es?", "QID2"),
    (
        "Q3",
        "How did it make you feel? (1 = upset, 7 = delighted)",
        "Wie haben Sie sich dabei gefühlt? (1 = verärgert, 7 = begeistert)",
        "QID3",
    ),
    ("Q4", "How likely are you to buy more from us?", "Wie wahrscheinlich kaufen Sie mehr bei uns?", "QID4"),
    ("Q5", "How likely are you to recommend us?", "Wie wahrscheinlich empfehlen Sie uns weiter?", "QID5"),
    (
        "Q6",
        "How likely are you to forgive us a mistake?",
        "Wie wahrscheinlich würden Sie uns einen Fehler verzeihen?",
        "QID6",
    ),
    (
        "Q7",
        "How much do you trust us to look after your needs?",
        "Wie sehr vertrauen Sie darauf, dass wir für Sie sorgen?",
        "QID7",
    ),
    ("Q8", "I feel valued as a customer.", "Ich fühle mich als Kundin oder Kunde geschätzt.", "QID8"),
    ("Q9", 'In your own words, "please"', "In Ihren eigenen Worten", "QID9_TEXT"),
    ("Q10", "I felt understood.", "Ich habe mich verstanden gefühlt.", "QID10"),
    (
        "Q11",
        "I had to repeat myself. (1 = not at all, 7 = very much)",
        "Ich musste mich wiederholen. (1 = gar nicht, 7 = sehr)",
        "QID11",
    ),
    ("Q12", "You showed that you cared.", "Ich habe gemerkt, dass ich Ihnen wichtig bin.", "QID12"),
    ("Q13", "You listened to me.", "Sie haben mir zugehört.", "QID13"),
    ("customer_id", "customer_id", "customer_id", "customer_id"),
]
COLUMNS = META + QUESTIONS
TIMES = "%Y-%m-%d %H:%M:%S"


def header(language: str) -> bytes:
    """BOM and the three header rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column for column, *_ in COLUMNS])
    writer.writerow([german if language == "de" else english for _, english, german, _ in COLUMNS])
    dated = {"startDate", "endDate", "recordedDate"}
    writer.writerow(
        json.dumps({"ImportId": key} | ({"timeZone": ZONE} if key in dated else {}), separators=(",", ":"))
        for *_, key in COLUMNS
    )
    return out.getvalue().encode("utf-8-sig")


def writer(language: str) -> Writer:
    """Header as above, then rows quoted only where necessary."""
    body = csv_writer()
    return lambda part, first: (header(language) if first else b"") + body(part, False)


def rows(responses: pl.DataFrame, people: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Export rows of the given responses in order of recording."""
    for part in in_parts(responses):
        yield _rows(part, people)


def _rows(responses: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    person = people[responses["customer"].to_numpy()].select(
        "first_name", "last_name", "email", "customer_number", "language"
    )
    frame = pl.concat([responses, person], how="horizontal")
    none = pl.lit(None, dtype=pl.String)
    named = ~pl.col("is_anonymous")
    mailed = named & pl.col("has_email")
    finished = pl.col("is_finished").cast(pl.Int8).cast(pl.String)
    answered = pl.sum_horizontal(pl.col(item).is_not_null() for item in ITEMS)
    seconds = pl.col("ended_at") - pl.col("started_at")
    cells: dict[str, pl.Expr | pl.Series] = {
        "StartDate": local_text(frame["started_at"].to_numpy(), TIMES),
        "EndDate": local_text(frame["ended_at"].to_numpy(), TIMES),
        "Status": pl.lit("0"),
        "IPAddress": pl.format("192.0.2.{}", seconds % 254 + 1),
        "Progress": pl.when("is_finished").then(100).otherwise(answered * 11).cast(pl.String),
        "Duration (in seconds)": seconds.cast(pl.String),
        "Finished": finished,
        "RecordedDate": local_text(frame["recorded_at"].to_numpy(), TIMES),
        "ResponseId": pl.col("response_id"),
        "RecipientLastName": pl.when(mailed).then("last_name").otherwise(none),
        "RecipientFirstName": pl.when(mailed).then("first_name").otherwise(none),
        "RecipientEmail": pl.when(mailed).then("email").otherwise(none),
        "ExternalReference": none,
        "LocationLatitude": none,
        "LocationLongitude": none,
        "DistributionChannel": pl.when(named).then(pl.lit("email")).otherwise(pl.lit("anonymous")),
        "UserLanguage": pl.col("language").str.to_uppercase(),
        **{key.replace("ID", ""): pl.col(item).cast(pl.String) for item, key in QUESTION_IDS.items()},
        "Q9": pl.col("comment"),
        "customer_id": pl.when(named).then("customer_number").otherwise(none),
    }
    return frame.select(**{column: cells[column] for column, *_ in COLUMNS})


def previews(day: str, wave: int) -> pl.DataFrame:
    """Three clicks through the survey by its owner on some day of a wave: test rows that are not answers."""
    empty = {column: [None] * 3 for column, *_ in COLUMNS}
    filled = {
        "StartDate": [f"{day} 08:0{n}:00" for n in range(3)],
        "EndDate": [f"{day} 08:0{n}:40" for n in range(3)],
        "Status": ["1"] * 3,
        "Progress": ["100"] * 3,
        "Duration (in seconds)": ["40"] * 3,
        "Finished": ["1"] * 3,
        "RecordedDate": [f"{day} 08:0{n}:41" for n in range(3)],
        "ResponseId": [f"R_preview{wave:03d}{n:05d}" for n in range(3)],
        "DistributionChannel": ["preview"] * 3,
        "UserLanguage": ["EN", "DE", "EN"],
        **{key.replace("ID", ""): ["7", "1", "4"] for key in QUESTION_IDS.values()},
        "Q9": ["test", "Test, bitte ignorieren", None],
    }
    return pl.DataFrame(empty | filled, schema=dict.fromkeys(empty, pl.String))
