"""A web server that answers as told: an HTTP answer, silence, or a connection cut off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

CUT = "cut"  # the request is read, and the connection closed without an answer
SILENCE = "silence"  # the request is read, and nothing ever comes


@dataclass(frozen=True)
class Short:
    """The beginning of an answer that says it is longer; then the connection is closed."""

    text: str


Answer = str | tuple[int, str] | Short


class Calls(list[dict[str, str]]):
    """The parameters of each request that came."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def note(self, call: dict[str, str]) -> None:
        with self._changed:
            self.append(call)
            self._changed.notify_all()

    def wait_for(self, count: int, seconds: float) -> bool:
        """Whether so many came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self) >= count, seconds)


@contextmanager
def answering(*answers: Answer) -> Iterator[tuple[str, Calls]]:
    """(its URL, what was asked); the last answer is repeated."""
    left, calls, over = list(answers), Calls(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc]

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            calls.note({key: value[0] for key, value in parse_qs(body).items()})
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer == SILENCE:
                over.wait()
            self.close_connection = not isinstance(answer, tuple)
            if isinstance(answer, str):
                return
            status, text = (200, answer.text) if isinstance(answer, Short) else answer
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(text) + (99 if isinstance(answer, Short) else 0)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def error(code: str, message: str = "no", status: int = 400) -> Answer:
    """An error as EC2 words it."""
    return (
        status,
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>",
    )


def page(*ids: str, token: str = "") -> Answer:
    """A page of DescribeVpcs."""
    items = "".join(f"<item><vpcId>{id_}</vpcId></item>" for id_ in ids)
    rest = f"<nextToken>{token}</nextToken>" if token else ""
    return 200, f"<DescribeVpcsResponse><vpcSet>{items}</vpcSet>{rest}</DescribeVpcsResponse>"


MADE: Answer = (200, "<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>")
