"""Routes that plugins bring, as routes of the JSON API below `/api/v1/plugin/NAME`.

Laws kept here:

1. A plugin's route stands below its own name and can stand nowhere else.
2. A handler's own error is answered by the same table as every other; whatever else it raises is the plugin's fault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from printserver.errors import PluginBroken, PrintServerError
from printserver.model.account import Role

from .message import RequestContext, Response, json_response
from .operation import Operation
from .router import Route, Router

PLUGINS = "/api/v1/plugin"

Handler = Callable[[Mapping[str, str], bytes], Awaitable[object]]


def plugin_route(plugin: str, method: str, path: str, handler: Handler, summary: str) -> Route:
    """Return one route; `handler` takes (path values, body) and returns a value that becomes JSON."""

    async def answer(context: RequestContext) -> Response:
        try:
            return json_response(await handler(context.parameters, context.body))
        except PrintServerError:
            raise
        except Exception as error:
            # a plugin is foreign code; its fault is named and nothing else of the server is touched
            raise PluginBroken(f"{type(error).__name__}: {error}", where=f"plugin {plugin}") from error

    pattern = f"{PLUGINS}/{plugin}/{path.lstrip('/')}".rstrip("/")
    told = Operation(summary=summary or f"Of plugin {plugin}", tag=f"plugin {plugin}", open_errors=True)
    return Route(method.upper(), pattern, answer, operation=told, role=Role.OPERATE)


def plugin_routes(found: Iterable[tuple[str, str, str, Handler, str]]) -> list[Route]:
    """Return the routes of (plugin, method, path, handler, summary); one that cannot be is logged and left out."""
    routes = []
    for each in found:
        route = plugin_route(*each)
        try:
            Router([route])
        except Exception:
            # a pattern of a stranger's may be anything; the site is built without it
            structlog.get_logger("plugins").exception("route cannot be", plugin=each[0], path=each[2])
            continue
        routes.append(route)
    return routes
