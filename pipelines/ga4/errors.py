"""What can go wrong between us and Google Analytics: one family of errors, whichever transport raised them."""

import copy
import re
from typing import Literal, Self

import google.auth.exceptions
import requests.exceptions
import urllib3.exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.protobuf import json_format
from google.rpc.error_details_pb2 import RetryInfo

from pipelines.ga4.periods import Window

Quota = Literal[
    "concurrent", "project_hour", "property_hour", "property_day", "thresholded", "server_errors", "unknown"
]

NOT_AN_ANSWER = (
    "Expected an answer of Google Analytics, found something that is not one. Is api_endpoint under "
    "[sources.ga4] right, or does a proxy answer in its place?"
)
_HOUR = 3600.0
_WAITS: dict[Quota, tuple[str, float | None]] = {
    "concurrent": ("too many questions at the same time; others ask this property too", 10.0),
    "project_hour": ("the tokens of this Cloud project for an hour are used up", _HOUR),
    "property_hour": ("the tokens of this property for an hour are used up", _HOUR),
    "property_day": ("the tokens of this property for today are used up until midnight Pacific time", None),
    "thresholded": ("the questions for an hour about dimensions that may be thresholded are used up", _HOUR),
    "server_errors": ("the server errors that Google allows in an hour are used up", _HOUR),
    "unknown": ("a quota is used up; Google does not say which", _HOUR),
}
_QUOTA_TEXTS: tuple[tuple[str, Quota], ...] = (
    (r"concurrent", "concurrent"),
    (r"threshold", "thresholded"),
    (r"server error", "server_errors"),
    (r"project per hour|per project|for a project", "project_hour"),
    (r"per day|daily|24 hours", "property_day"),
    (r"per hour|hourly|an hour", "property_hour"),
)
_NO_CONNECTION = re.compile(
    r"failed to connect|connection (refused|reset)|name resolution|dns|unreachable|no route|handshake"
    r"|certificate|ssl|socket closed",
    re.IGNORECASE,
)
_REQUEST_LINE = re.compile(r"^(GET|POST) \S+: ")
_TOO_BIG = re.compile(r"larger than max", re.IGNORECASE)


class GA4Error(Exception):
    """A question that Google Analytics did not answer; `window` is the one that was asked, where there is one."""

    window: Window | None = None

    def about(self, window: Window) -> Self:
        """The same error, of this window."""
        told = copy.copy(self)
        told.window = window
        return told


class Transient(GA4Error):
    """The server failed; asking again may help, and each failure is one of the few that Google allows in an hour."""


class Unreachable(Transient):
    """No server was reached, or the connection broke. It costs nothing but time."""


class NotAsked(Transient):
    """The server failed twice in a row on what came before in the batch, and this was not asked any more."""


class TooSlow(GA4Error):
    """No answer within the deadline: a shorter window is needed."""


class QuotaExhausted(GA4Error):
    """Nothing more may be asked of the property for `retry_after_seconds` (None: till midnight Pacific time)."""

    def __init__(self, quota: Quota, retry_after_seconds: float | None = None, says: str = "") -> None:
        reason, wait = _WAITS[quota]
        self.quota: Quota = quota
        self.says = says
        self.retry_after_seconds = wait if retry_after_seconds is None else retry_after_seconds
        super().__init__(f"{reason[0].upper()}{reason[1:]}." + (f" Google says: {says}" if says else ""))

    def __copy__(self) -> "QuotaExhausted":
        return QuotaExhausted(self.quota, self.retry_after_seconds, self.says)


class NotAllowed(GA4Error):
    """The account may not read the property."""


class NotSignedIn(GA4Error):
    """Google does not accept who we say we are."""


class BadReport(GA4Error):
    """What a report asks can not be asked, or what it asks for is not there; other reports can be had."""


class BadPages(GA4Error):
    """The pages of an answer do not fit together, however often they are asked for."""


class WrongSetup(GA4Error):
    """The settings, the Cloud project or the endpoint stand in the way."""


def translated(
    error: Exception, *, property_id: str, account: str, endpoint: str, seconds: float, deadline: float
) -> GA4Error:
    """What an exception of either transport means.

    Args:
        account: who asked. endpoint: whom. seconds: how long we waited. deadline: how long an answer may take.
    """
    says = _said(error)
    if isinstance(error, GoogleAPICallError):
        return _of_code(
            error, says, property_id=property_id, account=account, endpoint=endpoint, deadline=deadline
        )
    if isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError):
        took_long = isinstance(error, requests.exceptions.ReadTimeout) or seconds >= deadline
        return _too_slow(deadline) if took_long else _unreachable(endpoint, type(error).__name__)
    if isinstance(error, google.auth.exceptions.TransportError):
        return _unreachable(endpoint, says)
    if isinstance(error, google.auth.exceptions.GoogleAuthError):
        return _not_signed_in(account, says)
    if isinstance(error, json_format.ParseError):
        return WrongSetup(NOT_AN_ANSWER)
    return GA4Error(f"{type(error).__name__}: {says}")


def _of_code(
    error: GoogleAPICallError, says: str, *, property_id: str, account: str, endpoint: str, deadline: float
) -> GA4Error:
    code = int(error.code or 0)
    if code == 429:
        return _too_slow(deadline) if _TOO_BIG.search(says) else _exhausted(error, says)
    if code in (408, 504):
        return _too_slow(deadline)
    if code == 401 or "plugin failed" in says:
        return _not_signed_in(account, says)
    if code == 403:
        return _refused(says, property_id, account)
    if code == 400:
        return BadReport(f"Google Analytics refuses this report: {says}")
    if code == 404 and not says.startswith("<"):
        return BadReport(f"Google Analytics does not have what was asked for: {says}")
    if code in (404, 501):
        return WrongSetup(
            "The endpoint does not know what we ask. Is api_endpoint under [sources.ga4] right?"
        )
    if code == 503 and _NO_CONNECTION.search(says):
        return _unreachable(endpoint, says)
    if code in (0, 409, 499) or code >= 500:
        return Transient(f"Google Analytics failed ({code or error.grpc_status_code}): {says}")
    return GA4Error(f"Google Analytics answered {code}: {says}")


def _refused(says: str, property_id: str, account: str) -> GA4Error:
    if "has not been used" in says or "is disabled" in says or "SERVICE_DISABLED" in says:
        return WrongSetup(
            f"The Google Analytics Data API is not enabled in the Cloud project of {account}. Enable it there. "
            f"Google says: {says}"
        )
    if "scope" in says:
        return NotSignedIn(
            f"{account} has no right to read Google Analytics (scope analytics.readonly). Use a service account, "
            f"or sign in again with that scope. Google says: {says}"
        )
    if "quota project" in says or "USER_PROJECT_DENIED" in says:
        return WrongSetup(
            f"{account} needs a Cloud project that pays its quota. Use a service account, or set a quota project. "
            f"Google says: {says}"
        )
    return NotAllowed(
        f"{account} may not read the property {property_id}. In Google Analytics: Admin, Property access "
        f"management, add {account} with the role Viewer. If that is done, check the property id under "
        f"[sources.ga4]. Google says: {says}"
    )


def _exhausted(error: GoogleAPICallError, says: str) -> QuotaExhausted:
    found = (quota for text, quota in _QUOTA_TEXTS if re.search(text, says, re.IGNORECASE))
    return QuotaExhausted(next(found, "unknown"), _retry_after(error), says)


def _retry_after(error: GoogleAPICallError) -> float | None:
    """Seconds, from `RetryInfo` or the header, where the server says so."""
    for detail in error.details:
        if isinstance(detail, RetryInfo):
            return float(detail.retry_delay.ToTimedelta().total_seconds())
        if isinstance(detail, dict) and (
            told := re.fullmatch(r"([\d.]+)s", str(detail.get("retryDelay", "")))
        ):
            return float(told[1])
    told_in_header = str(getattr(error.response, "headers", {}).get("retry-after", ""))
    return float(told_in_header) if told_in_header.isdigit() else None


def _too_slow(deadline: float) -> TooSlow:
    return TooSlow(f"No answer within {deadline:g} seconds; a shorter window may get one.")


def _unreachable(endpoint: str, says: str) -> Unreachable:
    return Unreachable(
        f"No answer from {endpoint}: it was not reached, or the connection broke ({says}). Is this machine on the "
        "network, and api_endpoint under [sources.ga4] right?"
    )


def _not_signed_in(account: str, says: str) -> NotSignedIn:
    return NotSignedIn(
        f"Google does not accept {account}: the key may be revoked or the clock of this machine be wrong. Set "
        f"credentials_file under [sources.ga4] to a key that is valid. Google says: {says}"
    )


def _said(error: Exception) -> str:
    """The words of the server, without the line of the request and what comes after the first line."""
    text = str(getattr(error, "message", None) or error)
    return _REQUEST_LINE.sub("", text).strip().split("\n")[0].rstrip()
