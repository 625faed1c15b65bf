"""The lab's whole life on a fresh sandbox, by tools that know nothing of pltui.

The published peers (Terraform, Ansible, a hand-tuned script) run where PLTUI_TEST_PEERS names the folder with their
sources and their programs are installed: `PLTUI_TEST_PEERS=DIR pytest -m slow tests/peers`.
"""

import os
from pathlib import Path

import pytest

from pltui.sandbox import launcher
from tests.peers.__main__ import play
from tests.peers.shape import OTHER, SHAPES
from tests.peers.stages import missing
from tests.peers.tools import PEERS

pytestmark = pytest.mark.slow  # another tool's whole lab

SOURCES = "PLTUI_TEST_PEERS"


def needed(peer: str) -> Path | None:
    """The folder with the peer's sources, where it needs one. Skips what cannot run here."""
    if lack := missing(PEERS[peer]):
        pytest.skip(f"not installed: {', '.join(lack)}")
    sources = Path(os.environ[SOURCES]) if SOURCES in os.environ else None
    if PEERS[peer].published and sources is None:
        pytest.skip(f"{SOURCES} names no folder with the peers' sources")
    return sources


def test_a_boto3_script_builds_checks_switches_and_destroys_the_lab() -> None:
    play("boto3", OTHER, launcher.parse_speed("instant"), needed("boto3"), say=False)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("peer", PEERS)
def test_every_peer_sees_what_aws_would_show(peer: str, shape: str) -> None:
    play(peer, SHAPES[shape], 60, needed(peer))
