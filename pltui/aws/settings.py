"""Settings from the command line and the environment: target, endpoint, credentials, limits."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from dataclasses import dataclass

from pltui.errors import LabError, Refused
from pltui.i18n import Phrase

TIMEOUT = 15 * 60.0  # maximum seconds of a run
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
# Default region of the sandbox, where the choice makes no difference.
SANDBOX_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Settings:
    """Target of a lab's calls, and limits of its runs."""

    target: str = "sandbox"  # or "aws"
    endpoint_url: str | None = None
    profile: str | None = None
    region: str | None = None
    read_only: bool = False
    timeout: float = TIMEOUT
    overrides: tuple[str, ...] = ()
    lock_timeout: float = 0.0  # seconds to wait for another run to release the lab
    adopt: bool = False  # adopt foreign resources with the name of a desired one

    @property
    def on_aws(self) -> bool:
        """True if the target is AWS rather than the sandbox."""
        return self.target == "aws"

    def check(self) -> None:
        """Check the endpoint URL.

        Raises:
            LabError: If it is no URL (exit code 2).
            Refused: If it could be a real cloud while the target is the sandbox.
        """
        if self.endpoint_url is None:
            return
        hint = Phrase("write http://127.0.0.1:PORT")
        host = url_host(self.endpoint_url)
        if not host:
            shown = "(not shown)" if "@" in self.endpoint_url else self.endpoint_url
            raise LabError(Phrase("--endpoint-url {endpoint_url!r} is not a URL", endpoint_url=shown), hint, 2)
        if has_user(self.endpoint_url):
            raise LabError(Phrase("--endpoint-url has a user name or a password, which no endpoint takes"), hint, 2)
        if not self.on_aws and not is_loopback(host):
            raise Refused(
                Phrase("--endpoint-url names {host}, which is not on this machine", host=host),
                Phrase("the sandbox target stays on loopback; name another endpoint with --target aws"),
            )

    def choose_region(self, declared: str | None) -> str:
        """Return the region from --region, then the spec, then the environment.

        Raises:
            LabError: If it is invalid, or missing for AWS (exit code 2).
        """
        named = self.region or declared or next((os.environ[v] for v in REGION_VARIABLES if os.environ.get(v)), None)
        if named:
            _check_region(named)
            return named
        if self.on_aws:
            raise LabError(Phrase("no region is set"), Phrase("set `region:` in the spec, --region, or AWS_REGION"), 2)
        return SANDBOX_REGION


# HTTP clients disagree about all other forms: urllib3 ends the host at a backslash, `urlsplit` begins it after an @.
_URL = re.compile(
    r"https?://(?:[^/?#\\\s@]*@)?(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:/[!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)


def url_host(url: str) -> str | None:
    """Return the host that any HTTP client would connect to; None for anything but a plain HTTP URL."""
    found = _URL.fullmatch(url)
    if found is None or (found["port"] and not 0 < int(found["port"]) < 65536):
        return None
    return found["host"].strip("[]").lower()


def has_user(url: str) -> bool:
    """Return True if the URL may have a user name or a password, which must not be shown."""
    return "@" in re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]


def _check_region(name: str) -> None:
    """Raise LabError for a region that a spec could not name either."""
    from pltui.spec import schema_text

    if not re.search(json.loads(schema_text())["$defs"]["region"]["pattern"], name):
        raise LabError(
            Phrase("{name!r} is not an AWS region", name=name), Phrase("write for example ap-northeast-1"), 2
        )


def is_loopback(host: str) -> bool:
    """Return True if `host` can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
