"""Salesforce's weekly data export: one ZIP of everything about business customers, cp1252, every cell quoted."""

import numpy as np
import polars as pl

from sample_data import words
from sample_data.clock import DAY, HOUR, NEVER, Clock, draw, pick, text, weighted_among_first
from sample_data.files import csv_writer
from sample_data.people import phone_texts
from sample_data.vendors.hubspot_sales import random_times

ARCHIVE = "WE_00D8a000001kRXSUA2_1.ZIP"
TIMES = "%Y-%m-%d %H:%M:%S"
NOBODY = "000000000000000AAA"
OWNER = "0058a00000MNWtZAAX"
RECORD_TYPE = "0128a000000xyz1"
CASES_PER_ACCOUNT, OPPORTUNITIES_PER_ACCOUNT = 1.6, 0.35
WON_SHARE = 0.5
MERGED_SHARE = 0.03
COLUMNS = {
    "Account": (
        "Id,IsDeleted,MasterRecordId,Name,Type,RecordTypeId,ParentId,BillingStreet,BillingCity,BillingState,BillingPostalCode,"
        "BillingCountry,Phone,Fax,AccountNumber,Website,Industry,AnnualRevenue,NumberOfEmployees,Description,CurrencyIsoCode,"
        "OwnerId,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,AccountSource,"
        "TaxId__c,Region__c"
    ),
    "Contact": (
        "Id,IsDeleted,MasterRecordId,AccountId,Salutation,FirstName,LastName,MailingStreet,MailingCity,MailingPostalCode,"
        "MailingCountry,Phone,MobilePhone,Email,Title,LeadSource,Birthdate,CurrencyIsoCode,OwnerId,HasOptedOutOfEmail,DoNotCall,"
        "CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,EmailBouncedReason,"
        "EmailBouncedDate,GA_Client_Id__c,Customer_Number__c"
    ),
    "Case": (
        "Id,IsDeleted,MasterRecordId,CaseNumber,ContactId,AccountId,ParentId,SuppliedName,SuppliedEmail,Type,Status,Reason,"
        "Origin,Subject,Priority,Description,IsClosed,ClosedDate,IsEscalated,CurrencyIsoCode,OwnerId,SlaStartDate,SlaExitDate,"
        "IsStopped,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp"
    ),
    "Opportunity": (
        "Id,IsDeleted,AccountId,RecordTypeId,Name,Description,StageName,Amount,Probability,CloseDate,Type,LeadSource,IsClosed,"
        "IsWon,ForecastCategory,CurrencyIsoCode,CampaignId,OwnerId,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,"
        "SystemModstamp,LastActivityDate,ContactId"
    ),
    "Task": "Id,WhoId,WhatId,Subject,ActivityDate,Status,Priority,IsDeleted,OwnerId,CreatedDate",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def record_id(prefix: str, number: int) -> str:
    """An 18-character Salesforce id: 15 that differ by case and three check characters.

    >>> record_id("001", 5)
    '0018a00002000F5QAK'
    """
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    tail = ""
    value = number * 977 + 14
    for _ in range(5):
        value, rest = divmod(value, 62)
        tail = digits[rest] + tail
    fifteen = f"{prefix}8a00002{tail}"
    check = "".join(
        _LETTERS[
            sum(1 << place for place, letter in enumerate(fifteen[start : start + 5]) if letter.isupper())
        ]
        for start in (0, 5, 10)
    )
    return fifteen + check


def ids(prefix: str, numbers: np.ndarray) -> pl.Series:
    """Ids of many records of one object."""
    return pl.Series([record_id(prefix, number) for number in numbers.tolist()], dtype=pl.String)


class Book:
    """Everything Salesforce knows; `export(cut)` gives the members of one week's ZIP."""

    def __init__(self, seed: int, people: pl.DataFrame, clock: Clock) -> None:
        rng = draw(seed, "salesforce")
        self.people = people.filter(pl.col("segment") == "Business")
        n = self.people.height
        self.company = (
            pick(rng, words.TRADES, n)
            + " "
            + self.people["last_name"]
            + pick(rng, [" GmbH", " AG", "", " & Söhne", " S.A."], n)
        )
        self.account_id, self.contact_id = ids("001", np.arange(n)), ids("003", np.arange(n))
        merged = np.sort(rng.choice(n, max(round(n * MERGED_SHARE), 2), replace=False))
        self.merged = merged
        weekly = len(clock.cuts) - 1
        self.merged_at = np.array(
            [
                clock.cuts[k % weekly] + 2 * DAY if k % 2 else clock.cuts[0] - (20 + k) * DAY
                for k in range(len(merged))
            ]
        )
        self.cases = self._events(rng, clock, round(n * CASES_PER_ACCOUNT), 30)
        self.opportunities = self._events(rng, clock, round(n * OPPORTUNITIES_PER_ACCOUNT), 700)

    def _events(self, rng: np.random.Generator, clock: Clock, n: int, hours: int) -> pl.DataFrame:
        opened = random_times(rng, clock, n)
        joined = np.searchsorted(self.people["joined_at"].to_numpy(), opened)
        closed = opened + (rng.gamma(1.5, hours, n) * HOUR).astype(np.int64)
        return pl.DataFrame(
            {
                "who": weighted_among_first(rng, np.exp(0.9 * self.people["value"].to_numpy()), joined),
                "opened_at": opened,
                "closed_at": closed,
                "lot": rng.random(n),
                "amount": np.exp(6.5 + 0.6 * rng.standard_normal(n)).round(0),
                "topic": pick(rng, words.TOPICS, n),
            }
        )

    def export(self, cut: int) -> dict[str, pl.DataFrame]:
        """Object name → rows as they stood at `cut` (UTC seconds): everything, changed or not."""
        return {
            "Account": self._accounts(cut),
            "Contact": self._contacts(cut),
            "Case": self._cases(cut),
            "Opportunity": self._opportunities(cut),
            "Task": pl.DataFrame(schema=dict.fromkeys(COLUMNS["Task"].split(","), pl.String)),
        }

    def _people(self, cut: int) -> pl.DataFrame:
        _, local = phone_texts(self.people["phone_number"])
        known = self.people.with_columns(
            account_id=self.account_id,
            contact_id=self.contact_id,
            company=self.company,
            phone=local,
            created=text(self.people["joined_at"].to_numpy(), TIMES),
        )
        return known.filter(pl.col("joined_at") < cut)

    def _stamped(self, frame: pl.DataFrame, kind: str, cells: dict[str, pl.Expr]) -> pl.DataFrame:
        own = {name: pl.lit(OWNER) for name in ("OwnerId", "CreatedById", "LastModifiedById")}
        stamp = {
            name: cells.get("LastModifiedDate", pl.col("created"))
            for name in ("LastModifiedDate", "SystemModstamp")
        }
        base = {
            "IsDeleted": pl.lit("0"),
            "CreatedDate": pl.col("created"),
            "CurrencyIsoCode": currency(),
            **own,
            **stamp,
        }
        columns = COLUMNS[kind].split(",")
        return frame.select(**{name: {**base, **cells}.get(name, pl.lit("")) for name in columns}).select(
            pl.all().cast(pl.String).fill_null("")
        )

    def _accounts(self, cut: int) -> pl.DataFrame:
        shown = self._people(cut)
        cells = {
            "Id": pl.col("account_id"),
            "Name": pl.col("company"),
            "Type": pl.lit("Customer"),
            "RecordTypeId": pl.lit(RECORD_TYPE),
            "ParentId": pl.lit(NOBODY),
            "BillingStreet": pl.col("street"),
            "BillingCity": pl.col("town"),
            "BillingPostalCode": pl.col("postal_code"),
            "BillingCountry": pl.col("country").replace_strict(words.COUNTRY_NAMES),
            "Phone": pl.col("phone"),
            "AccountNumber": pl.col("customer_number"),
            "Region__c": pl.col("region"),
        }
        accounts = self._stamped(shown, "Account", cells)
        return pl.concat([accounts, self._losers(cut, "Account", cells)])

    def _contacts(self, cut: int) -> pl.DataFrame:
        shown = self._people(cut)
        cells = {
            "Id": pl.col("contact_id"),
            "AccountId": pl.col("account_id"),
            "FirstName": pl.col("first_name"),
            "LastName": pl.col("last_name"),
            "MailingCity": pl.col("town"),
            "MailingPostalCode": pl.col("postal_code"),
            "MailingCountry": pl.col("country").replace_strict(words.COUNTRY_NAMES),
            "Phone": pl.col("phone"),
            "Email": pl.when(pl.col("customer") % 9 == 0)
            .then(pl.lit(" ") + pl.col("email").str.to_uppercase())
            .otherwise("email"),
            "Birthdate": pl.when(pl.col("birthday") != "")
            .then(pl.col("birthday") + " 00:00:00")
            .otherwise(pl.lit("")),
            "HasOptedOutOfEmail": pl.col("is_unsubscribed").cast(pl.Int8),
            "DoNotCall": pl.lit("0"),
            "GA_Client_Id__c": pl.col("ga4_client_id").str.replace("GA1.1.", "", literal=True),
            "Customer_Number__c": pl.when(pl.col("has_external_id"))
            .then("customer_number")
            .otherwise(pl.lit("")),
        }
        contacts = self._stamped(shown, "Contact", cells)
        return pl.concat([contacts, self._losers(cut, "Contact", cells)])

    def _losers(self, cut: int, kind: str, cells: dict[str, pl.Expr]) -> pl.DataFrame:
        """Merged-away duplicates: alive before their merge, deleted with a master afterwards."""
        key = "account_id" if kind == "Account" else "contact_id"
        loser = self._people(2**61)[self.merged].with_columns(
            master=pl.col(key),
            loser_id=ids("001" if kind == "Account" else "003", 500_000 + self.merged),
            is_merged=pl.Series(self.merged_at < cut),
            modified=text(
                np.where(
                    self.merged_at < cut, self.merged_at, self.people["joined_at"].to_numpy()[self.merged]
                ),
                TIMES,
            ),
        )
        own = {
            "Id": pl.col("loser_id"),
            "LastModifiedDate": pl.col("modified"),
            "GA_Client_Id__c": pl.lit(""),
            "Customer_Number__c": pl.lit(""),
        }
        own |= (
            {"AccountNumber": pl.lit(""), "Phone": pl.lit("")} if kind == "Account" else {"Phone": pl.lit("")}
        )
        own |= {
            "IsDeleted": pl.col("is_merged").cast(pl.Int8),
            "MasterRecordId": pl.when("is_merged").then("master").otherwise(pl.lit("")),
        }
        return self._stamped(loser.filter(pl.col("joined_at") < cut), kind, cells | own)

    def _cases(self, cut: int) -> pl.DataFrame:
        known = self._opened(self.cases, cut).with_columns(
            id=ids("500", np.arange(self.cases.height)).head(self._count(self.cases, cut))
        )
        closed = pl.col("closed") != ""
        subjects = words.SUBJECTS["de"]
        cells = {
            "Id": pl.col("id"),
            "CaseNumber": pl.int_range(1026, 1026 + pl.len()).cast(pl.String).str.zfill(8),
            "ContactId": pl.when(pl.col("lot") < 0.9).then("contact_id").otherwise(pl.lit(NOBODY)),
            "AccountId": pl.col("account_id"),
            "ParentId": pl.lit(NOBODY),
            "Type": pl.lit("Question"),
            "Status": pl.when(closed).then(pl.lit("Closed")).otherwise(pl.lit("New")),
            "Origin": pl.when(pl.col("lot") < 0.6).then(pl.lit("Phone")).otherwise(pl.lit("Email")),
            "Subject": pl.col("topic").replace_strict(subjects),
            "Priority": pl.lit("Medium"),
            "Description": pl.when(pl.col("lot") < 0.2)
            .then(pl.lit('Zeile 1\nZeile 2 mit "Zitat", Komma\r\nZeile 3'))
            .otherwise(pl.lit("")),
            "IsClosed": closed.cast(pl.Int8),
            "ClosedDate": pl.col("closed"),
            "IsEscalated": pl.lit("0"),
            "IsStopped": pl.lit("0"),
            "LastModifiedDate": pl.when(closed).then("closed").otherwise("created"),
        }
        return self._stamped(known, "Case", cells)

    def _opportunities(self, cut: int) -> pl.DataFrame:
        known = self._opened(self.opportunities, cut).with_columns(
            id=ids("006", np.arange(self.opportunities.height)).head(self._count(self.opportunities, cut))
        )
        closed, won = pl.col("closed") != "", pl.col("lot") < WON_SHARE
        cells = {
            "Id": pl.col("id"),
            "AccountId": pl.col("account_id"),
            "ContactId": pl.col("contact_id"),
            "RecordTypeId": pl.lit(RECORD_TYPE),
            "Name": pl.format("{} – Ausstattung", "company"),
            "StageName": pl.when(~closed)
            .then(pl.lit("Negotiation"))
            .when(won)
            .then(pl.lit("Closed Won"))
            .otherwise(pl.lit("Closed Lost")),
            "Amount": pl.col("amount").cast(pl.Int64),
            "CloseDate": pl.col("planned").str.slice(0, 10) + " 00:00:00",
            "IsClosed": closed.cast(pl.Int8),
            "IsWon": (closed & won).cast(pl.Int8),
            "CampaignId": pl.lit(NOBODY),
            "LastModifiedDate": pl.when(closed).then("closed").otherwise("created"),
        }
        return self._stamped(known, "Opportunity", cells)

    def _count(self, events: pl.DataFrame, cut: int) -> int:
        return int((events["opened_at"] < cut).sum())

    def _opened(self, events: pl.DataFrame, cut: int) -> pl.DataFrame:
        known = events.filter(pl.col("opened_at") < cut)
        closed_at = known["closed_at"].to_numpy()
        who = self._people(2**61).drop("created", "joined_at")[known["who"].to_numpy()]
        return pl.concat([known, who], how="horizontal").with_columns(
            created=text(known["opened_at"].to_numpy(), TIMES),
            closed=text(np.where(closed_at < cut, closed_at, NEVER), TIMES).fill_null(""),
            planned=text(closed_at, TIMES),
        )


def currency() -> pl.Expr:
    """Francs in Switzerland, else euros."""
    return pl.when(pl.col("country") == "CH").then(pl.lit("CHF")).otherwise(pl.lit("EUR"))


def encoded(rows: pl.DataFrame) -> bytes:
    """The member's bytes: cp1252, every cell quoted, LF."""
    return csv_writer(quoted=True, encoding="cp1252")(rows, True)
