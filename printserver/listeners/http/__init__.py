"""The HTTP door: one site for the JSON API, the operator's pages and IPP."""

from printserver.listeners.http.assembly import build_site
from printserver.listeners.http.limits import Limits
from printserver.listeners.http.message import FORM, JSON, MULTIPART, RequestContext, Response, json_response
from printserver.listeners.http.operation import Operation
from printserver.listeners.http.router import Handler, Route, Router
from printserver.listeners.http.site import Site

__all__ = [
    "FORM", "JSON", "MULTIPART", "Handler", "Limits", "Operation", "RequestContext", "Response", "Route", "Router",
    "Site", "build_site", "json_response",
]  # fmt: skip
