"""The obvious alternative: a FastAPI application that reads the JSON files when it is asked.

Its WebSocket reads the files of the symbols ten times a second and sends what has changed. `plain_app PORT DIRECTORY`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

_PERIOD_S = 0.1


def make_app(directory: Path) -> FastAPI:
    """Return the application."""
    app = FastAPI()

    def read(symbol: str) -> Any:
        return json.loads((directory / f"{symbol}.json").read_text())

    @app.get("/api/quotes")
    def quotes() -> Any:
        return {"quotes": [json.loads(path.read_text()) for path in sorted(directory.glob("[!.]*.json"))]}

    @app.get("/api/quotes/{symbol}")
    def quote(symbol: str) -> Any:
        return read(symbol)

    @app.websocket("/ws")
    async def follow(websocket: WebSocket) -> None:
        await websocket.accept()
        symbols = (await websocket.receive_json())["symbols"]
        told: dict[str, Any] = {}
        try:
            while True:
                for symbol in symbols:
                    found = read(symbol)
                    if told.get(symbol) != found:
                        told[symbol] = found
                        await websocket.send_json({"type": "quote_update", **found})
                await asyncio.sleep(_PERIOD_S)
        except WebSocketDisconnect:
            return

    return app


if __name__ == "__main__":
    uvicorn.run(make_app(Path(sys.argv[2])), port=int(sys.argv[1]), log_level="error", access_log=False)
