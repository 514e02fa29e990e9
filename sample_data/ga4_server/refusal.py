"""How Google says no: a gRPC status, its HTTP code, and a text."""

HTTP_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
SERVER_ERRORS = ("INTERNAL", "UNKNOWN", "UNAVAILABLE")
"""What eats the quota of ten server errors an hour."""

SCHEMA_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
EXPLORER_PAGE = "https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"
PROPERTY_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"


class Refusal(Exception):
    """The request is not answered.

    Args:
        status: a name in HTTP_CODES. message: the text the client shows.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def http_code(self) -> int:
        """The HTTP code of the status."""
        return HTTP_CODES[self.status]


def bad(message: str) -> Refusal:
    """A request that can never be answered: INVALID_ARGUMENT."""
    return Refusal("INVALID_ARGUMENT", message)


def no_access() -> Refusal:
    """The account has no role on the property, or the property id is wrong: Google says the same for both."""
    return Refusal(
        "PERMISSION_DENIED",
        "User does not have sufficient permissions for this property. "
        f"To learn more about Property ID, see {PROPERTY_PAGE}.",
    )


def not_signed_in() -> Refusal:
    """The key is gone, the token is late, or the clock is wrong."""
    return Refusal(
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    )
