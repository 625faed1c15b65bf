"""What the command line and the environment say about where to work and how."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from pltui.errors import LabError, Refused

TIMEOUT = 15 * 60.0  # seconds a run may take
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
# Where nobody named a region the sandbox needs one all the same, and there it makes no difference which.
SANDBOX_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Settings:
    target: str = "sandbox"  # or "aws"
    endpoint_url: str | None = None
    profile: str | None = None
    region: str | None = None
    read_only: bool = False
    timeout: float = TIMEOUT
    overrides: tuple[str, ...] = ()

    @property
    def on_aws(self) -> bool:
        return self.target == "aws"

    def check(self) -> None:
        """Raises Refused for an endpoint that could be somebody's real cloud while the target is the sandbox."""
        if self.on_aws or self.endpoint_url is None:
            return
        host = urlsplit(self.endpoint_url).hostname
        if not host:
            raise LabError(f"--endpoint-url {self.endpoint_url!r} is not a URL", "write http://127.0.0.1:PORT", 2)
        if not is_loopback(host):
            raise Refused(
                f"--endpoint-url names {host}, which is not on this machine",
                "the sandbox target stays on loopback; name another endpoint with --target aws",
            )

    def choose_region(self, declared: str | None) -> str:
        """--region, then the spec's, then the environment's; raises LabError where AWS would be meant and none is."""
        named = self.region or declared or next((os.environ[v] for v in REGION_VARIABLES if os.environ.get(v)), None)
        if named:
            return named
        if self.on_aws:
            raise LabError("no region is named", "set `region:` in the spec, --region, or AWS_REGION", 2)
        return SANDBOX_REGION


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
