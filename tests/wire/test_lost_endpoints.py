"""An endpoint that is not there, dies on the way or answers oddly: one message, the documented exit code, nothing else.

tests/generated/test_loses_the_endpoint.py has the same at every call, in virtual time.
"""

import signal
import socket
from collections.abc import Sequence

import pytest

from tests.builders.commands import Done
from tests.wire.conftest import Lab
from tests.wire.proxy import Fault, always, at_call, every

COMMANDS = ("plan", "status", "reconcile", "destroy", "probe", "explain", "verify", "cross-zone")
IN_THE_GATE = ("plan", "explain")  # a process each


def some_slow(commands: Sequence[str]) -> list[object]:
    return [c if c in IN_THE_GATE else pytest.param(c, marks=pytest.mark.slow) for c in commands]


def assert_one_message(done: Done, code: int) -> None:
    """One error, its hint below it, and beside it only progress."""
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert "exception" not in done.err, done.err
    assert [line for line in done.err.splitlines() if line.startswith("pltui: ")][1:] == [], done.err


@pytest.mark.parametrize("command", some_slow(COMMANDS))
def test_a_closed_port_ends_with_one_message(lab: Lab, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    with lab.child_at(closed, command) as child:
        done = child.end()
    assert_one_message(done, 1)
    first, *rest = done.err.splitlines()
    assert first.startswith("pltui: Could not connect to the endpoint URL")
    assert [line.strip() for line in rest] == ["check the network and --endpoint-url"]


@pytest.mark.slow  # tests/generated/test_loses_the_endpoint.py is the same in virtual time
@pytest.mark.parametrize("call", [1, 2, 25, 60, 90, 100])
def test_a_proxy_that_dies_amid_a_reconcile_ends_it_with_one_message(lab: Lab, call: int) -> None:
    done, _ = lab.run("reconcile", script=at_call(call, Fault.DIE))
    assert_one_message(done, 1)
    lab.must("reconcile")
    lab.assert_one_of_each()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "destroy", "probe", "explain", "verify"])
@pytest.mark.parametrize("call", [1, 5, 20])
def test_so_it_ends_every_other_command(lab: Lab, command: str, call: int) -> None:
    lab.must("reconcile")
    done, proxy = lab.run(command, script=at_call(call, Fault.DIE))
    if len(proxy.calls) < call:
        assert done.code == (2 if command == "verify" else 0), done.err  # this lab's spec has no experiments
    elif command == "verify":
        # What the switch should be is told beside the error that ended it.
        assert "Traceback" not in done.err
        assert done.code == 1, done.err
    else:
        assert_one_message(done, 1)


@pytest.mark.slow
def test_reads_that_are_throttled_without_end_are_one_message(lab: Lab) -> None:
    done, _ = lab.run("plan", script=every(1, Fault.THROTTLE))
    assert_one_message(done, 1)
    assert "Throttling" in done.err or "RequestLimitExceeded" in done.err


@pytest.mark.slow
def test_behind_a_proxy_that_adds_a_date_the_second_writer_is_refused_all_the_same(lab: Lab) -> None:
    with lab.proxy(always("ec2:CreateVpcEndpoint", Fault.HOLD)) as proxy, lab.child(proxy, "reconcile") as first:
        proxy.wait_for_held()
        refused, _ = lab.run("cross-zone", "off", script=every(1, Fault.TWO_DATES))
        proxy.release()
        done = first.end()
    assert_one_message(refused, 4)
    assert str(first.process.pid) in refused.err
    assert done.code == 0, done.err


@pytest.mark.parametrize("command", some_slow(["plan", "status", "explain", "destroy"]))
def test_sigterm_during_the_first_reads_ends_with_one_message(lab: Lab, command: str) -> None:
    with lab.proxy(every(1, Fault.HOLD)) as proxy, lab.child(proxy, command) as child:
        proxy.wait_for_held()
        child.process.send_signal(signal.SIGTERM)
        done = child.end()
    assert_one_message(done, 130)
    assert "interrupted" in done.err
