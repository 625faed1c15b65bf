"""One lab's life, whoever builds it: what is asked at each stage, and what AWS would answer."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pltui.sandbox import launcher
from tests.peers.asking import CREDENTIALS, REGION, UNANSWERED, Dig, Lab, clients, remains, until
from tests.peers.shape import Shape

EVERYONE = ("1", "2", "3")
_WORDS = {"python": sys.executable, "bin": str(Path(sys.executable).parent), "own": str(Path(__file__).parent)}


@dataclass(frozen=True)
class Peer:
    """A tool and its commands; `{python}`, `{here}` (the peers' folder, a copy), `{work}` (empty) and `{own}` (this
    folder) stand for what they say. `unchanged` tells of a finished `check` whether it found the lab as wanted."""

    build: tuple[str, ...]
    check: tuple[str, ...]
    off: tuple[str, ...]
    on: tuple[str, ...]
    destroy: tuple[str, ...]
    unchanged: Callable[[subprocess.CompletedProcess[str]], bool]
    needs: str
    prepare: tuple[str, ...] | None = None
    published: bool = True  # its sources are in the peers' folder, and rewritten for another shape
    environment: dict[str, str] = field(default_factory=dict)


class Run:
    """A peer against a fresh sandbox, which lives in `PLTUI_RUNTIME_DIR` and holds nothing yet."""

    def __init__(self, peer: Peer, shape: Shape, sandbox: launcher.Sandbox, here: Path, work: Path) -> None:
        self.peer, self.shape, self.sandbox = peer, shape, sandbox
        self._words = {"here": str(here), "work": str(work), **_WORDS}
        self.lab = Lab(sandbox, shape)

    def command(self, stage: str) -> subprocess.CompletedProcess[str]:
        words = [word.format(**self._words) for word in getattr(self.peer, stage)]
        return subprocess.run(words, capture_output=True, text=True, check=False, env=self._environment(), timeout=900)

    def do(self, stage: str) -> None:
        done = self.command(stage)
        assert not done.returncode, f"{stage}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAB_"))}
        own = {name: value.format(**self._words) for name, value in self.peer.environment.items()}
        return {
            **kept,
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.sandbox.endpoint_url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": path(),
            **{f"LAB_{name.upper()}": str(value) for name, value in vars(self.shape).items()},
            **own,
        }

    def whole(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Every stage; AssertionError at the first that is not as on AWS."""
        if self.peer.prepare:
            self.do("prepare")
        for stage in (
            self.built, self.checked, self.switched_off, self.server_stopped, self.server_back, self.group_closed,
            self.checked, self.destroyed,
        ):  # fmt: skip
            say(stage.__name__.replace("_", " "))
            stage()

    def built(self) -> None:
        self.do("build")
        self.lab.settled(*EVERYONE)
        self._names()

    def _names(self) -> None:
        inside, outside = self.lab.endpoint["VpcId"], self.lab.provider
        assert self.lab.dig(inside) == Dig("NOERROR", self.lab.interface_addresses())
        assert self.lab.dig(inside, "AAAA") == Dig("NOERROR", ())
        assert self.lab.dig(outside) == Dig("NXDOMAIN", ())

    def checked(self) -> None:
        done = self.command("check")
        assert self.peer.unchanged(done), f"check: {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"

    def switched_off(self) -> None:
        """Only the endpoint's own zone answers."""
        self.do("off")
        self.lab.settled("1")
        self._names()

    def server_stopped(self) -> None:
        """Cross-zone off, nobody stands in for a zone's own server; on, the others do."""
        ec2, server = self.lab.aws["ec2"], self.lab.machine(self.lab.provider, self.shape.private[0])
        ec2.stop_instances(InstanceIds=[server])
        until(self._few, lambda observed: set(observed) == {UNANSWERED})
        self.do("on")
        self.lab.settled("2", "3")
        ec2.get_waiter("instance_stopped").wait(InstanceIds=[server], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        ec2.start_instances(InstanceIds=[server])

    def server_back(self) -> None:
        self.lab.settled(*EVERYONE)

    def group_closed(self) -> None:
        """The endpoint's group guards its interface: nothing is let in, and names go on being answered."""
        ec2, (group, rules) = self.lab.aws["ec2"], self.lab.endpoint_rules()
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
        until(self._few, lambda observed: set(observed) == {UNANSWERED})
        self._names()
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
        self.lab.settled(*EVERYONE)

    def _few(self) -> dict[str, int]:
        """Fewer connections than usual: each waits for its time to run out."""
        return self.lab.ask(4)

    def destroyed(self) -> None:
        self.do("destroy")
        until(lambda: remains(clients(self.sandbox.endpoint_url)), lambda left: not left)


def path() -> str:
    """What is installed beside the interpreter is found first."""
    return f"{_WORDS['bin']}{os.pathsep}{os.environ['PATH']}"


def missing(peer: Peer) -> list[str]:
    """The programs it lacks here."""
    return [program for program in (peer.needs, "curl", "dig") if not shutil.which(program, path=path())]
