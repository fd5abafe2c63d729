"""A provider that speaks OpenAI's responses protocol over HTTP, on this machine, and answers to order.

Belongs here: the protocol's forms, faults by name. ``asked`` keeps every request that came in.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-of-the-tests"
ANSWER = {
    "asset_type": "product",
    "primary_object": "sneaker",
    "colors": ["red", "white"],
    "style_tags": ["sporty"],
    "recommended_shot_types": ["hero_shot", "close_up"],
    "usage_contexts": ["product_showcase"],
    "is_logo": False,
    "has_text": True,
    "confidence": 0.93,
}
TOKENS = (1500, 200)


class OpenAiServer:
    """``plan``: what the next calls get, one word each, then ``good`` for ever. Words: good, logo, schema, prose,
    refusal, cut, 429, quota, 401, 404, 400, 500, hang, drop. ``answer`` is what good ones say.
    """

    def __init__(self) -> None:
        self.plan: list[str] = []
        self.answer: dict[str, Any] = dict(ANSWER)
        self.asked: list[dict[str, Any]] = []
        self.hang_s = 3.0
        self.url = ""
        self._turn = threading.Lock()

    def next_word(self, request: dict[str, Any]) -> str:
        with self._turn:
            self.asked.append(request)
            return self.plan.pop(0) if self.plan else "good"


@contextmanager
def openai_server() -> Iterator[OpenAiServer]:
    """The provider, listening on a free port until the context is left."""
    told = OpenAiServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


_STATUSES = {
    "429": (429, {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}),
    "quota": (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}),
    "401": (401, {"message": "Incorrect API key provided", "code": "invalid_api_key"}),
    "404": (404, {"message": "The model does not exist", "code": "model_not_found"}),
    "400": (400, {"message": "Invalid image", "code": "invalid_image"}),
    "500": (500, {"message": "The server had an error", "type": "server_error"}),
}


def _handler(told: OpenAiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = {"path": self.path, "key": self.headers.get("Authorization"), "body": json.loads(body)}
            word = told.next_word(request)
            if word == "hang":
                time.sleep(told.hang_s)
                word = "drop"
            if word == "drop":
                self.close_connection = True
                return
            if word in _STATUSES:
                status, error = _STATUSES[word]
                self._send(status, {"error": error}, {"retry-after": "0.05"} if word == "429" else {})
                return
            self._send(200, _response(told, word), {})

        def _send(self, status: int, document: dict[str, Any], headers: dict[str, str]) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(data)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            """Nothing on the tests' screen."""

    return Handler


def _response(told: OpenAiServer, word: str) -> dict[str, Any]:
    text = json.dumps(told.answer)
    if word == "logo":
        text = json.dumps({**told.answer, "asset_type": "logo", "is_logo": True, "primary_object": None})
    elif word == "schema":
        text = json.dumps({**told.answer, "asset_type": "spaceship"})
    elif word == "prose":
        text = "It is a lovely sneaker."
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if word == "refusal":
        part = {"type": "refusal", "refusal": "I cannot help with that picture."}
    if word == "cut":
        part["text"] = text[:20]
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    read, written = TOKENS
    return {
        "id": f"resp_{len(told.asked)}",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": "incomplete" if word == "cut" else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if word == "cut" else None,
        "model": "gpt-4.1-mini-2025-04-14",
        "output": [message],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }
