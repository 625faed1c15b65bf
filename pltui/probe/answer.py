"""One request of the probe and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer or a failure: `status` is set if a server answered, `error` and `kind` if none did."""

    n: int  # counts from 1
    at: str  # RFC 3339, UTC: when the request was sent
    status: int | None = None  # HTTP status
    subnet: int | None = None  # 1-based index of the server's private subnet, read from the body
    zone: str | None = None  # the server's zone, as in "ap-northeast-1a"
    latency_ms: float | None = None  # from the start of the name resolution to the end of the body
    ip: str | None = None  # the peer that was connected to
    error: str | None = None  # a sentence for people
    kind: str | None = None  # "timeout", "refused", "unresolved", "reset" or "http"
    text: str = ""  # the body, sanitised
    consumer: str = ""
    age_s: float = 0.0  # seconds between its arrival at the client machine and its arrival here

    @property
    def ok(self) -> bool:
        """True if a server answered without an HTTP error."""
        return self.error is None

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON values for one line."""
        return {
            "type": "probe",
            "n": self.n,
            "at": self.at,
            "consumer": self.consumer,
            "status": self.status,
            "subnet": self.subnet,
            "zone": self.zone,
            "latency_ms": self.latency_ms,
            "ip": self.ip,
            "error": self.error,
        }
