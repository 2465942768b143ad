"""Takes what is asked for most past the router."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Directly:
    """Hands requests for one path to their endpoint, and all others on."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app, self._path, self._endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        direct = scope["type"] == "http" and scope["path"] == self._path
        await (self._endpoint if direct else self._app)(scope, receive, send)
