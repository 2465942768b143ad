"""Takes what is asked for most past the router, and whatever is below a path to one endpoint."""

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send


class Directly:
    """Hands requests for one path to their endpoint, and all others on."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app, self._path, self._endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        direct = scope["type"] == "http" and scope["path"] == self._path
        await (self._endpoint if direct else self._app)(scope, receive, send)


class Below(BaseRoute):
    """Hands everything below a path to an endpoint, whatever characters it has: a pattern would stop at a new line."""

    def __init__(self, path: str, endpoint: ASGIApp) -> None:
        self._path, self._endpoint = f"{path}/", endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether a request is for what is below."""
        below = scope["type"] == "http" and scope["path"].startswith(self._path)
        return (Match.FULL if below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._endpoint(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """It has no name by which an address could be made."""
        raise NoMatchFound(name, path_params)
