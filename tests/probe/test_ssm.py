"""The probe by Run Command: its script in a real shell, the times of its answers, and its end."""

import asyncio
import itertools
import re
import shutil
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from pltui.engine.errors import RefusedError
from pltui.probe.request import ProbeRequest
from pltui.probe.script import BODY, Script, ScriptLine, parse_output, recognise
from pltui.probe.ssm import SsmProbe

GREETING = "Subnet 2 says hello"
QUESTION = ProbeRequest("consumer", "nlb.example", 80, "/", 2.0, re.compile(r"Subnet (\d+)"), {2: "zone-b"})


def line(sent, seconds=0.01, **more):
    return ScriptLine(
        **{"sent": sent, "status": 200, "seconds": seconds, "exit": 0, "ip": "10.0.0.9", "body": GREETING, **more}
    )


# -- the script -------------------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    """The port of a server whose body is its path, with the ends of lines that a body may have."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = {"/": f"{GREETING}\n\x1b[31m\r\nmore\\n\x00", "/long": "x" * 100_000}[self.path].encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


def in_a_shell(script):
    return list(
        parse_output(subprocess.run(["sh", "-c", script.text()], capture_output=True, check=True).stdout.decode())
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_script_prints_one_line_per_request_in_a_real_shell(server):
    begun = time.time()
    lines = in_a_shell(Script(3, 2.0, f"http://127.0.0.1:{server}/"))
    assert [(one.status, one.exit, one.ip, one.body.split("  ")[0]) for one in lines] == [
        (200, 0, "127.0.0.1", "Subnet 2 says hello \x1b[31m\r more\\n")
    ] * 3
    assert begun <= lines[0].sent < lines[1].sent < lines[2].sent <= time.time()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_long_body_is_cut_and_the_figures_are_kept(server):
    [one] = in_a_shell(Script(1, 2.0, f"http://127.0.0.1:{server}/long"))
    assert (one.status, one.exit, one.body) == (200, 0, "x" * BODY)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_request_without_an_answer_has_curls_exit_code_and_no_body():
    [one] = in_a_shell(Script(1, 2.0, "http://127.0.0.1:1/"))
    assert (one.status, one.exit, one.body) == (0, 7, "")


@pytest.mark.parametrize("url", ["http://a.example:80/", "http://a.example:80/it's?a=b&c=$(d)"])
def test_the_script_is_recognised(url):
    script = Script(10, 2.0, url)
    assert recognise(script.text()) == script


@pytest.mark.parametrize("extra", ["; true", " && rm x", "\n"])
def test_a_script_with_anything_added_is_not_recognised(extra):
    assert recognise(Script(10, 2.0, "http://a.example:80/").text() + extra) is None


def test_a_line_reads_back_as_printed():
    for one in (line(1_700_000_000.25), line(1.5, status=0, exit=28, ip="", body="")):
        assert list(parse_output(one.text())) == [one]


# -- the probe --------------------------------------------------------------------------------------------------------


class Machine:
    """A client machine that answers each script with `lines`, or never where there are none."""

    def __init__(self, lines):
        self._lines = iter(lines)
        self.calls, self._ids, self.asked = [], itertools.count(), asyncio.Event()

    async def call(self, _service, operation, **parameters):
        self.calls.append((operation, parameters.get("CommandId")))
        if operation == "SendCommand":
            return {"Command": {"CommandId": f"command-{next(self._ids)}"}}
        if operation == "CancelCommand":
            raise RefusedError("no", code="AccessDeniedException", action="ssm:CancelCommand")
        batch = next(self._lines, None)
        if batch is None:
            self.asked.set()
            await asyncio.Event().wait()
        output = "".join(one.text() + "\n" for one in batch)
        return {"Status": "Success", "StandardOutputContent": output, "StandardErrorContent": "", "StatusDetails": ""}

    async def id(self):
        return "i-0"


def probe(machine):
    return SsmProbe(QUESTION, machine.call, machine.id, lambda _sentence: None)


@pytest.mark.parametrize("ahead", [0.0, 3600.0, -86_400.0])
async def test_an_answer_has_the_time_of_its_request_whatever_the_machines_clock_shows(ahead, monkeypatch):
    clock = iter([900_000.0, 900_008.0])
    monkeypatch.setattr("pltui.probe.ssm.time.time", lambda: next(clock))
    lines = [line(900_000.0 + after + ahead) for after in (2.0, 4.0, 7.99)]
    asking = probe(Machine([lines]))
    answers = [await asking.ask() for _ in lines]
    assert [answer.at[14:] for answer in answers] == ["00:02.000Z", "00:04.000Z", "00:07.990Z"]
    assert [round(answer.age_s, 2) for answer in answers] == [5.99, 3.99, 0.0]
    assert [(answer.n, answer.subnet, answer.zone, answer.latency_ms) for answer in answers] == [
        (n, 2, "zone-b", 10.0) for n in (1, 2, 3)
    ]


async def test_closing_cancels_the_script_that_is_running_even_where_that_is_denied():
    machine = Machine([])
    asking = probe(machine)
    task = asyncio.ensure_future(asking.ask())
    await machine.asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asking.close()
    assert machine.calls[-1] == ("CancelCommand", "command-0")


async def test_closing_cancels_nothing_after_a_script_has_ended():
    machine = Machine([[line(time.time())]])
    asking = probe(machine)
    await asking.ask()
    await asking.close()
    assert "CancelCommand" not in dict(machine.calls)
