"""A service on loopback that answers as it was told, for what real ones cannot be made to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """A str is sent as a page, bytes as they are, all else as JSON; None cuts the connection."""

    body: object = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def _encoded(body: object) -> tuple[str, bytes]:
    if isinstance(body, bytes):
        return "application/octet-stream", body
    if isinstance(body, str):
        return "text/html", body.encode()
    return "application/json", json.dumps(body).encode()


class FakeService:
    def __init__(self, answer: Callable[[Asked], Answer | None], port: int = 0) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        service = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                service._handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(str(handler.command), parts.path, query, dict(handler.headers), body)
        self.asked.append(asked)
        answer = self._answer(asked)
        if answer is None:
            handler.close_connection = True
            return
        kind, data = _encoded(answer.body)
        handler.send_response(answer.status)
        for name, value in {"Content-Type": kind, **answer.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def fake_service(answer: Callable[[Asked], Answer | None], port: int = 0) -> Iterator[FakeService]:
    service = FakeService(answer, port)
    try:
        yield service
    finally:
        service.close()
