"""Whether the process that holds a lease lives, as this one can tell."""

import os
import subprocess
import sys
from dataclasses import replace

from pltui.lab.process_identity import ProcessIdentity


def test_this_process_lives_and_says_when_it_began() -> None:
    me = ProcessIdentity()
    holder = me.holder("reconcile")
    assert (holder.pid, holder.verb) == (os.getpid(), "reconcile")
    assert me.alive(holder) is True


def test_each_run_of_a_process_is_another() -> None:
    assert ProcessIdentity().holder("reconcile").run != ProcessIdentity().holder("reconcile").run


def test_a_process_that_ended_is_dead() -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE, check=True)
    me = ProcessIdentity()
    assert me.alive(replace(me.holder("reconcile"), pid=int(ended.stdout))) is False


def test_another_process_that_was_given_the_number_later_is_not_the_one_that_held_it() -> None:
    me = ProcessIdentity()
    assert me.alive(replace(me.holder("reconcile"), born="1")) is False


def test_of_a_process_on_another_machine_nobody_here_can_tell() -> None:
    me = ProcessIdentity()
    assert me.alive(replace(me.holder("reconcile"), machine="another")) is None


def test_the_clock_goes_on() -> None:
    me = ProcessIdentity()
    assert me.clock() <= me.clock()
