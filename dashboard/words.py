"""How figures, days and verdicts are said. Plain words; the exact terms are one click down."""

import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal

from dashboard import locales

SOURCES = {
    "careful": "Your own lists",
    "delighted": "Delighted",
    "dynamics": "Dynamics 365",
    "freshdesk": "Freshdesk",
    "ga4": "Google Analytics",
    "hubspot": "HubSpot",
    "journal": "Your journal",
    "orders": "Order lines",
    "pipedrive": "Pipedrive",
    "qualtrics": "Qualtrics",
    "salesforce": "Salesforce",
    "shopify": "Shopify",
    "stripe": "Stripe",
    "surveymonkey": "SurveyMonkey",
    "typeform": "Typeform",
    "woocommerce": "WooCommerce",
    "zendesk": "Zendesk",
    "zoho": "Zoho CRM",
}

OBJECTS = {
    "act": "care acts",
    "audiences": "audiences",
    "care_act": "care acts",
    "care_events": "steps to help",
    "case": "cases",
    "cell": "figures of saved reports",
    "channels": "channels",
    "feedback": "feedback",
    "help_pages": "help pages",
    "helpful": "answers on help pages",
    "helpful_pages": "answers by help page",
    "invitation": "survey invitations",
    "line": "order lines",
    "loyalty_tiers": "loyalty tiers",
    "opportunity": "opportunities",
    "purchases": "purchases",
    "repeat_purchase": "buying again",
    "response": "survey answers",
    "retention": "newcomers who come back",
    "returning": "returning visitors",
    "searches": "searches",
    "story_landing": "visits that begin with a story",
    "story_pages": "story pages",
    "visitors": "visitors",
}

COUNTED = {
    "web_form_finished": "forms",
    "web_helpful": "answers",
    "web_reached_human": "chats",
    "web_returning": "visitors",
    "web_search_found": "searches",
}
"""What the numbers of the website rest on, in the plural."""

BEHAVIOURS = {
    "purchase_more": "buy more",
    "recommend": "recommend us",
    "forgive": "forgive us a mistake",
    "trust": "trust us",
}

DOING = {
    "purchase_more": "buying more",
    "recommend": "recommending us",
    "forgive": "forgiving a mistake",
    "trust": "trusting us",
}

DRIVERS = {
    "success": "got it done",
    "effort": "found it easy",
    "emotion": "felt well cared for",
}
_DAYS = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_WORD_JOINER = "\u2060"
_BREAKS = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_MARKUP = re.compile(r"([\\`*_\[\]<>$#|~:{}!&])")
_LINK_OR_ICON = re.compile(r"(?i)(?<=:)(?=//|[\w+/-]+:)|(?<=www)(?=\.|$)|(?<=@)(?=[\w-])")
_BEGINS_A_BLOCK = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
_COMMAND = re.compile(r"\\`([\w .]+)\\`")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")


def count(number: float) -> str:
    """12345 → 12,345, or as the company's locale writes it."""
    return format_decimal(round(number), locale=locales.current().numbers)


def localised(sentence: str, today: date | None = None) -> str:
    """A sentence of the build as the company's locale writes it: 1,097 since 2026-06-04 → 1’097 since 4 Jun 2026.

    Args:
        today: days of its year are said without the year.
    """
    counted = _THOUSANDS.sub(lambda found: count(int(found[0].replace(",", ""))), sentence)
    return _DAYS.sub(lambda found: _day_of(found[0], today), counted)


def about(number: float) -> str:
    """Somebody else's estimate, to three figures, because it is known no better: 4213 → 4,210."""
    step = 10 ** max(0, len(str(abs(round(number)))) - 3)
    return count(round(number / step) * step)


def of_100(share: float, width: float = 1.0) -> str:
    """A share as a figure of 100; one decimal only where the range is narrower than 2 of 100."""
    return decimal(share * 100, 1 if width < 0.02 else 0)


def decimal(number: float, places: int) -> str:
    """A number with so many decimals, in the locale's symbols; what rounds to nothing has no sign."""
    figure = f"{number:.{places}f}"
    whole = format_decimal(
        Decimal(figure.removeprefix("-")),
        f"#,##0.{'0' * places}".rstrip("."),
        locale=locales.current().numbers,
    )
    return f"−{whole}" if figure.startswith("-") and float(figure) else whole if float(figure) else "0"


def moved(share: float, width: float = 1.0) -> str:
    """The size of a real change, of 100: with as many decimals as it takes not to read as none."""
    figures = (decimal(abs(share) * 100, places) for places in range(0 if width >= 0.02 else 1, 4))
    return next((figure for figure in figures if figure != "0"), of_100(abs(share), width))


def between(low: float, high: float) -> str:
    """The range of a share, of 100: `57 and 73`."""
    return f"{of_100(low, high - low)} and {of_100(high, high - low)}"


def money(amount: float, currency: str) -> str:
    """`€1,230`, in whole units, as the company's locale writes money; ready for Markdown."""
    locale = locales.current().numbers
    pattern = locale.currency_formats["standard"].pattern.split(";")[0].replace(".00", "")
    whole = round(amount)
    figure = format_currency(abs(whole), currency, pattern, locale, currency_digits=False)
    spaced = re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", figure)
    return f"{'−' if whole < 0 else ''}{spaced}".replace("$", "\\$")


def money_exactly(amount: float, currency: str) -> str:
    """`€3.20`, with the currency's own decimals; ready for Markdown."""
    figure = format_currency(abs(amount), currency, locale=locales.current().numbers)
    return f"{'−' if amount < 0 else ''}{figure}".replace("$", "\\$")


def day(moment: date, year: bool = False) -> str:
    """`Sunday 15 November`, or `Sunday, November 15`."""
    weekday = _named(moment, "EEEE")
    return f"{weekday} {_day(moment, year)}" if _is_day_first() else f"{weekday}, {_day(moment, year)}"


def month_day(moment: date) -> str:
    """`15 November`, or `November 15`."""
    return _day(moment)


def short_day(moment: date, year: bool = True) -> str:
    """`15 Nov 2026`, or `Nov 15, 2026`."""
    return _day(moment, year, "MMM")


def _day_of(text: str, today: date | None) -> str:
    try:
        moment = date.fromisoformat(text)
    except ValueError:
        return text
    return short_day(moment, year=today is None or moment.year != today.year)


def month(moment: date) -> str:
    """`October 2026`."""
    return _named(moment, "MMMM y")


def instant(moment: datetime) -> str:
    """`16 Nov 2026, 06:00`."""
    return f"{short_day(moment)}, {format_time(moment, 'short', locale=locales.current().dates)}"


def period(first: date, last: date) -> str:
    """`9–15 November 2026`, with the month and the year once where they are the same."""
    if first.year != last.year:
        return f"{_day(first, year=True)} – {_day(last, year=True)}"
    if first.month != last.month:
        return f"{_day(first)} – {_day(last, year=True)}"
    days, month = f"{first.day}–{last.day}", _named(last, "MMMM")
    return f"{days} {month} {last.year}" if _is_day_first() else f"{month} {days}, {last.year}"


def _day(moment: date, year: bool = False, month: str = "MMMM") -> str:
    name = _named(moment, month)
    if _is_day_first():
        return f"{moment.day} {name}" + (f" {moment.year}" if year else "")
    return f"{name} {moment.day}" + (f", {moment.year}" if year else "")


def _named(moment: date, pattern: str) -> str:
    return format_date(moment, pattern, locale=locales.current().dates)


def _is_day_first() -> bool:
    return locales.current().is_day_first


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def number_word(number: int) -> str:
    """Small numbers as words, as in a sentence."""
    words = (
        "no", "one", "two", "three", "four", "five", "six",
        "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    )  # fmt: skip
    return words[number] if 0 <= number < len(words) else count(number)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 promise`, `3 promises`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def source(name: str) -> str:
    """A vendor's own spelling."""
    return SOURCES.get(name, name.replace("_", " ").capitalize())


def thing(name: str) -> str:
    """What a file holds, in the plural."""
    return OBJECTS.get(name, name.replace("_", " ") + "s")


def export(of: str, name: str) -> str:
    """`Zendesk tickets`; a source that is called by what it holds is named once."""
    vendor, held = source(of), thing(name)
    return vendor if vendor.casefold().endswith(held) else f"{vendor} {held}"


def reason(text: str) -> str:
    """A sentence with `commands` in it, so that Markdown shows those as such and all else as it is."""
    return _COMMAND.sub(lambda found: f"`{found[1]}`", safe(text))


def safe(text: str) -> str:
    """Text that somebody else wrote, so that Markdown shows it as it is, on one line.

    Streamlit makes links, icons and emoji also of what is escaped; a word joiner, which has no width, keeps it from
    that.
    """
    line = _LINK_OR_ICON.sub(_WORD_JOINER, _BREAKS.sub(" ", text).strip())
    return _BEGINS_A_BLOCK.sub(r"\1\\", _MARKUP.sub(r"\\\1", line))


def mail(address: str) -> str:
    """An e-mail address to write to, and to copy as it is."""
    shown = _MARKUP.sub(r"\\\1", address)
    return f"[{shown}](mailto:{quote(address, safe='@')})"


def capital(sentence: str) -> str:
    """The first letter large, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def promise(seconds: dict[str, int]) -> str:
    """`2 minutes on chat and phone, 4 hours on email and web`."""
    by_time: dict[int, list[str]] = {}
    for channel, limit in seconds.items():
        by_time.setdefault(limit, []).append(channel)
    return ", ".join(f"{wait(limit)} on {listed(names)}" for limit, names in by_time.items())


def wait(seconds: int) -> str:
    """`2 minutes`, `4 hours`."""
    if seconds % 3600 == 0:
        return plural(seconds // 3600, "hour")
    return plural(seconds // 60, "minute") if seconds % 60 == 0 else plural(seconds, "second")
