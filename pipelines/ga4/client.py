"""The official Google Analytics client, over either transport: raw protobuf in and out, our own errors."""

import gc
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import google.auth
import requests
from google.analytics.data_v1beta import BetaAnalyticsDataClient, types
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.oauth2 import service_account

from pipelines.ga4.errors import NOT_AN_ANSWER, NotSignedIn, WrongSetup, translated
from pipelines.ga4.reports import Condition
from pipelines.ga4.request import filter_expression
from pipelines.settings import GA4

BATCH = 5
"""The most reports of a batch."""
NOBODY = "no credentials"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
_CHUNK = 1 << 20
_REPORTS = re.compile(r":(runReport|batchRunReports)(\?|$)")
T = TypeVar("T")


class Client:
    """A signed-in client of the Data API.

    Every method raises what `pipelines.ga4.errors` names, and waits `deadline_seconds` at most.

    Attributes:
        account: who asks: the service account's e-mail, "application default credentials" or "no credentials".

    Raises:
        WrongSetup: the file of credentials is not there or not one. NotSignedIn: there are none.
    """

    def __init__(self, ga4: GA4, workspace: Path) -> None:
        self._deadline = float(ga4.deadline_seconds)
        credentials, self.account = _credentials(ga4, workspace)
        options = {"api_endpoint": ga4.api_endpoint} if ga4.api_endpoint else None
        self._endpoint = ga4.api_endpoint or BetaAnalyticsDataClient.DEFAULT_ENDPOINT
        self._client = BetaAnalyticsDataClient(
            credentials=credentials, transport=ga4.transport, client_options=options
        )
        self._rows: list[list[dict[str, Any]]] = []
        if ga4.transport == "rest":
            transport: Any = self._client.transport
            transport._session.hooks["response"].append(self._take_rows)
            transport._session.trust_env = not ga4.is_plain  # no proxy on the way to this machine

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._client.transport.close()

    def run_reports(self, property_id: str, requests: Sequence[Any]) -> list[Any]:
        """Raw `RunReportResponse` for each of one to `BATCH` raw `RunReportRequest`."""
        if len(requests) == 1:
            answer = self._ask(property_id, self._client.run_report, types.RunReportRequest.wrap(requests[0]))
            answers = [types.RunReportResponse.pb(answer)]
        else:
            batch = types.BatchRunReportsRequest.pb()(property=f"properties/{property_id}", requests=requests)
            answer = self._ask(
                property_id, self._client.batch_run_reports, types.BatchRunReportsRequest.wrap(batch)
            )
            answers = list(types.BatchRunReportsResponse.pb(answer).reports)
        if len(answers) != len(requests):
            raise WrongSetup(f"Expected {len(requests)} reports in the answer, found {len(answers)}.")
        rows, self._rows = self._rows, []
        if rows:
            _fill(answers, rows)
        return answers

    def metadata(self, property_id: str) -> Any:
        """Raw `Metadata`: every dimension and metric that may be asked for now."""
        request = types.GetMetadataRequest(name=f"properties/{property_id}/metadata")
        return types.Metadata.pb(self._ask(property_id, self._client.get_metadata, request))

    def check_compatibility(
        self,
        property_id: str,
        dimensions: Iterable[str],
        metrics: Iterable[str],
        filters: Mapping[str, Iterable[Condition]],
    ) -> list[tuple[str, bool]]:
        """Name -> whether it can be asked together with the others, for these dimensions and metrics."""
        wanted = [*dimensions], [*metrics]
        request = types.CheckCompatibilityRequest.pb()(
            property=f"properties/{property_id}",
            dimensions=[{"name": name} for name in wanted[0]],
            metrics=[{"name": name} for name in wanted[1]],
            dimension_filter=filter_expression(filters),
        )
        answer = types.CheckCompatibilityResponse.pb(
            self._ask(
                property_id,
                self._client.check_compatibility,
                types.CheckCompatibilityRequest.wrap(request),
            )
        )
        compatible = types.Compatibility.COMPATIBLE
        told = {
            each.dimension_metadata.api_name: each.compatibility == compatible
            for each in answer.dimension_compatibilities
        } | {
            each.metric_metadata.api_name: each.compatibility == compatible
            for each in answer.metric_compatibilities
        }
        return [(name, told.get(name, False)) for name in (*wanted[0], *wanted[1])]

    def create_audience_export(self, property_id: str, audience: str, dimensions: Iterable[str]) -> Any:
        """Raw `AudienceExport` that Google begins to make of `properties/…/audiences/…`."""
        parent = f"properties/{property_id}"
        wanted = types.AudienceExport(
            audience=audience, dimensions=[{"dimension_name": name} for name in dimensions]
        )
        request = types.CreateAudienceExportRequest(parent=parent, audience_export=wanted)
        started = self._ask(property_id, self._client.create_audience_export, request).operation
        export = types.AudienceExport.pb()()
        if started.response.Unpack(export) and export.name:
            return export
        # Google answers with an operation; where it does not hold the export yet, the newest of that audience is it.
        same = [each for each in self.list_audience_exports(property_id) if each.audience == audience]
        if not same:
            raise WrongSetup("Google accepted an audience export and does not list it; ask again later.")
        return max(same, key=lambda each: each.begin_creating_time.ToNanoseconds())

    def get_audience_export(self, property_id: str, name: str) -> Any:
        """Raw `AudienceExport`, with its state."""
        request = types.GetAudienceExportRequest(name=name)
        return types.AudienceExport.pb(self._ask(property_id, self._client.get_audience_export, request))

    def query_audience_export(self, property_id: str, name: str, offset: int, limit: int) -> Any:
        """Raw `QueryAudienceExportResponse`: a page of members."""
        request = types.QueryAudienceExportRequest(name=name, offset=offset, limit=limit)
        answer = self._ask(property_id, self._client.query_audience_export, request)
        return types.QueryAudienceExportResponse.pb(answer)

    def list_audience_exports(self, property_id: str) -> list[Any]:
        """Raw `AudienceExport` of all that have not expired."""
        found: list[Any] = []
        token = ""
        while True:
            request = types.ListAudienceExportsRequest(parent=f"properties/{property_id}", page_token=token)
            pager = self._ask(property_id, self._client.list_audience_exports, request)
            page = next(iter(pager.pages))
            found += types.ListAudienceExportsResponse.pb(page).audience_exports
            token = page.next_page_token
            if not token:
                return found

    def _ask(self, property_id: str, method: Callable[..., T], request: Any) -> T:
        self._rows = []
        started = time.monotonic()
        try:
            return method(request, retry=None, timeout=self._deadline)
        except Exception as error:  # three libraries raise here, and more than they document
            failed = translated(
                error,
                property_id=property_id,
                account=self.account,
                endpoint=self._endpoint,
                seconds=time.monotonic() - started,
                deadline=self._deadline,
            )
        # Not inside the handler: as its context, the error would keep the request and the answer's frames.
        raise failed

    def _take_rows(self, response: requests.Response, **settings: Any) -> requests.Response:
        """Read an answer of the REST transport within the deadline, and keep its rows from the client's JSON reader.

        That reader takes 0.1 ms for each row of 19 columns, and a timeout of `requests` only counts silence.
        """
        ends_at = time.monotonic() + self._deadline - response.elapsed.total_seconds()
        chunks = []
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > ends_at:
                response.close()
                raise requests.exceptions.ReadTimeout(f"not complete after {self._deadline:g} seconds")
        body = b"".join(chunks)
        if response.status_code == requests.codes.ok and _REPORTS.search(str(response.url)):
            body, self._rows = _without_rows(body)
        response._content, response._content_consumed = body, True
        return response


def _without_rows(body: bytes) -> tuple[bytes, list[list[dict[str, Any]]]]:
    """The JSON of an answer, and the rows of each of its reports; all in one piece where it is not what we expect."""
    try:
        with _without_collecting():
            content = json.loads(body)
        rows = [report.pop("rows", []) for report in content.get("reports", [content])]
    except (ValueError, AttributeError):
        return body, []  # the client's own reader says what is wrong with it
    return json.dumps(content).encode(), rows


def _fill(answers: list[Any], rows_of_each: list[list[dict[str, Any]]]) -> None:
    """Put back the rows that `_take_rows` kept."""
    try:
        with _without_collecting():
            for answer, rows in zip(answers, rows_of_each, strict=True):
                add = answer.rows.add
                for row in rows:
                    add(
                        dimension_values=row.get("dimensionValues", ()),
                        metric_values=row.get("metricValues", ()),
                    )
    except (AttributeError, TypeError, ValueError):
        raise WrongSetup(NOT_AN_ANSWER) from None


@contextmanager
def _without_collecting() -> Iterator[None]:
    """While millions of small objects are made, none of them in a cycle, the collector would only walk them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _credentials(ga4: GA4, workspace: Path) -> tuple[Credentials, str]:
    if ga4.is_plain:
        return AnonymousCredentials(), NOBODY
    if ga4.credentials_file is not None:
        path = workspace / ga4.credentials_file
        try:
            found = service_account.Credentials.from_service_account_file(str(path))
        except OSError as error:
            problem = f"can not be read ({error.strerror})"
        except (ValueError, GoogleAuthError):
            problem = "is not the JSON key of a service account"
        else:
            return found, found.service_account_email
        raise WrongSetup(f"{path} {problem}. Mend credentials_file under [sources.ga4].")
    try:
        found, _ = google.auth.default(default_scopes=[SCOPE])
    except DefaultCredentialsError:
        raise NotSignedIn(
            "No credentials: expected credentials_file under [sources.ga4], or application default credentials "
            "($GOOGLE_APPLICATION_CREDENTIALS or `gcloud auth application-default login`)."
        ) from None
    email = str(getattr(found, "service_account_email", ""))
    return found, email if "@" in email else "application default credentials"
