"""What the command line and the environment say about where to work and how."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pltui.errors import LabError, Refused
from pltui.i18n import Phrase

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
    lock_timeout: float = 0.0  # seconds to wait for another run to let go of the lab
    adopt: bool = False  # take over what has the name of something wanted and is not ours

    @property
    def on_aws(self) -> bool:
        return self.target == "aws"

    def check(self) -> None:
        """Raises LabError for an endpoint that is no URL.

        Raises Refused for one that could be somebody's real cloud while the target is the sandbox.
        """
        if self.endpoint_url is None:
            return
        host = _host(self.endpoint_url)
        if not host:
            raise LabError(
                Phrase("--endpoint-url {endpoint_url!r} is not a URL", endpoint_url=self.endpoint_url),
                Phrase("write http://127.0.0.1:PORT"),
                2,
            )
        if not self.on_aws and not is_loopback(host):
            raise Refused(
                Phrase("--endpoint-url names {host}, which is not on this machine", host=host),
                Phrase("the sandbox target stays on loopback; name another endpoint with --target aws"),
            )

    def choose_region(self, declared: str | None) -> str:
        """--region, then the spec's, then the environment's.

        Raises LabError for one that cannot be, and where AWS would be meant and none is named.
        """
        named = self.region or declared or next((os.environ[v] for v in REGION_VARIABLES if os.environ.get(v)), None)
        if named:
            _check_region(named)
            return named
        if self.on_aws:
            raise LabError(
                Phrase("no region is named"), Phrase("set `region:` in the spec, --region, or AWS_REGION"), 2
            )
        return SANDBOX_REGION


def _host(url: str) -> str | None:
    """Whom an HTTP URL names; None for what is no such URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:  # no number of a port, or brackets that hold no address
        return None


def _check_region(name: str) -> None:
    """Raises LabError for what a spec could not name either."""
    from pltui.spec import schema_text

    if not re.search(json.loads(schema_text())["$defs"]["region"]["pattern"], name):
        raise LabError(
            Phrase("{name!r} is not an AWS region", name=name), Phrase("write for example ap-northeast-1"), 2
        )


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
