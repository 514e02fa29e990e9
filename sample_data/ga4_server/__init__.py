"""A Google Analytics for tests and for the sample company: the real client talks to it over REST and gRPC."""

from sample_data.ga4_server.refusal import Refusal
from sample_data.ga4_server.server import Ga4Server

__all__ = ["Ga4Server", "Refusal"]
