"""The client library's own messages, raw: what travels, without the proto-plus layer."""

from google.analytics.data_v1beta.types import analytics_data_api as api
from google.analytics.data_v1beta.types import data

RunReportRequest = api.RunReportRequest.pb()
RunReportResponse = api.RunReportResponse.pb()
BatchRunReportsRequest = api.BatchRunReportsRequest.pb()
BatchRunReportsResponse = api.BatchRunReportsResponse.pb()
GetMetadataRequest = api.GetMetadataRequest.pb()
Metadata = api.Metadata.pb()
CheckCompatibilityRequest = api.CheckCompatibilityRequest.pb()
CheckCompatibilityResponse = api.CheckCompatibilityResponse.pb()
CreateAudienceExportRequest = api.CreateAudienceExportRequest.pb()
GetAudienceExportRequest = api.GetAudienceExportRequest.pb()
ListAudienceExportsRequest = api.ListAudienceExportsRequest.pb()
ListAudienceExportsResponse = api.ListAudienceExportsResponse.pb()
QueryAudienceExportRequest = api.QueryAudienceExportRequest.pb()
QueryAudienceExportResponse = api.QueryAudienceExportResponse.pb()
AudienceExport = api.AudienceExport.pb()
Row = data.Row.pb()
DimensionValue = data.DimensionValue.pb()
MetricValue = data.MetricValue.pb()
PropertyQuota = data.PropertyQuota.pb()
DimensionMetadata = data.DimensionMetadata.pb()
MetricMetadata = data.MetricMetadata.pb()
ResponseMetaData = data.ResponseMetaData.pb()

MetricType = data.MetricType
MetricAggregation = data.MetricAggregation
Compatibility = data.Compatibility
ExportState = api.AudienceExport.State
Granularity = data.CohortsRange.Granularity
TruncationType = data.ResponseMetaData.DataTruncationReason.DataTruncationType
MatchType = data.Filter.StringFilter.MatchType
Operation = data.Filter.NumericFilter.Operation
OrderType = data.OrderBy.DimensionOrderBy.OrderType
RestrictedMetricType = data.RestrictedMetricType
BlockedReason = data.MetricMetadata.BlockedReason

METHODS = {
    "RunReport": (RunReportRequest, "runReport"),
    "BatchRunReports": (BatchRunReportsRequest, "batchRunReports"),
    "GetMetadata": (GetMetadataRequest, "getMetadata"),
    "CheckCompatibility": (CheckCompatibilityRequest, "checkCompatibility"),
    "CreateAudienceExport": (CreateAudienceExportRequest, "createAudienceExport"),
    "GetAudienceExport": (GetAudienceExportRequest, "getAudienceExport"),
    "ListAudienceExports": (ListAudienceExportsRequest, "listAudienceExports"),
    "QueryAudienceExport": (QueryAudienceExportRequest, "queryAudienceExport"),
}
"""gRPC method -> its request, and the name by which this server and REST know it."""
