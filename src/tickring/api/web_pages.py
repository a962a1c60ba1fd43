"""The dashboard, if it is built; else a page that says so. And one page that lists the routes."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from os import PathLike, stat_result

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

__all__ = ["add_pages"]

_STATIC: Final = Path(__file__).parent / "static"
_PAGES: Final = ("/", "/runs", "/orders", "/fills", "/guard")
"""The dashboard's own addresses: it shows them itself, from one document."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NOT_BUILT: Final = """
<h1>tickring</h1>
<p>The service runs. Its dashboard is not built: this is a source tree or a wheel without it.</p>
<p>Build it with <code>cd ui &amp;&amp; npm ci &amp;&amp; npm run build</code>, then load this page again.
A wheel of a release has it.</p>
<ul>
<li><a href="/docs">what can be asked</a></li>
<li><a href="/api/ib/stream/status">how the stream is</a></li>
<li><a href="/api/quotes">every quote</a></li>
</ul>
"""


def add_pages(app: FastAPI, static: Path = _STATIC) -> None:
    """Add the dashboard's files and pages, and `/docs`. Called last: what is no page is looked for among the files."""

    def page(_request: Request) -> Response:
        index = static / "index.html"
        if index.is_file():
            return FileResponse(index, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_framed("tickring", _NOT_BUILT), headers={"Cache-Control": "no-cache"})

    def docs(_request: Request) -> Response:
        return HTMLResponse(_framed("tickring: what can be asked", _listed(app)))

    for path in _PAGES:
        app.router.routes.append(Route(path, page))
        if path != "/":
            app.router.routes.append(Route(path + "/{rest:path}", page))
    app.router.routes.append(Route("/docs", docs))
    app.router.routes.append(Mount("/assets", _Assets(directory=static / "assets", check_dir=False)))
    app.router.routes.append(Route("/{name}", _other_file(static)))


class _Assets(StaticFiles):
    """Files whose names change with their content."""

    async def check_config(self) -> None:
        """Find out with each request: the dashboard may be built while the service runs."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _FOR_EVER
        return response


def _other_file(static: Path) -> Any:
    """Return what serves the few files beside the document: icon, manifest."""

    def other_file(request: Request) -> Response:
        from starlette.exceptions import HTTPException

        name: str = request.path_params["name"]
        path = static / name
        is_file = os.path.isfile(path)  # noqa: PTH113 - pathlib's raises for a name that is too long
        if name.startswith(".") or path.parent != static or not is_file:
            raise HTTPException(404, "there is no such thing")
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    return other_file


def _listed(app: FastAPI) -> str:
    rows: list[str] = []
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            text = html.escape(operation.get("description", ""))
            values = ", ".join(html.escape(one["name"]) for one in operation.get("parameters", []))
            rows.append(
                f"<tr><td>{method.upper()}</td><td><code>{html.escape(path)}</code></td><td>{values}</td>"
                f"<td>{text}</td></tr>"
            )
    return (
        "<h1>What can be asked</h1><p>Everything in detail, with examples: <a href='/openapi.json'>openapi.json</a>. "
        "A POST needs the token: <code>tickring api token --show</code>.</p><table>"
        f"<tr><th></th><th>path</th><th>values</th><th></th></tr>{''.join(rows)}</table>"
    )


def _framed(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{html.escape(title)}</title>"
        "<style>body{font:16px/1.5 system-ui;margin:2rem;max-width:70rem}td{padding:.2rem .8rem;vertical-align:top}"
        f"</style></head><body>{body}</body></html>"
    )
