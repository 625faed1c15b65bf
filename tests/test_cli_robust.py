"""What users' surroundings and impatience must not break: their environment, closed streams, Ctrl-C, odd arguments."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import pltui as pltui_package
from pltui.aws.account import check_accounts
from pltui.aws.client import Aws, Target
from pltui.aws.settings import Settings
from pltui.cli.main import main
from pltui.cli.output import Output
from pltui.cli.reconcile_watch import watch
from pltui.engine.model import Unreadable
from pltui.engine.plan import Plan
from pltui.engine.reconcile import Outcome
from pltui.errors import LabError, Refused
from pltui.lab.session import Lab
from pltui.spec import load
from pltui.spec.model import Account
from pltui.topology import LOAD_BALANCER
from tests.aws.server import SILENCE, answering, error, page

SPEC = "specs/privatelink.yaml"
NOBODY = "http://127.0.0.1:9"


def pltui(*words: str, environment: dict[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 120, "check": False} | how
    return subprocess.run([sys.executable, "-m", "pltui", *words], env={**os.environ, **(environment or {})}, **how)


class TestSurroundings:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("AWS_PROFILE", "nonexistent"),
            ("AWS_DEFAULT_PROFILE", "nonexistent"),
            ("AWS_CONFIG_FILE", "{broken}"),
            ("AWS_SHARED_CREDENTIALS_FILE", "{broken}"),
            ("AWS_ENDPOINT_URL", NOBODY),
            ("AWS_ENDPOINT_URL_EC2", NOBODY),
            ("AWS_RETRY_MODE", "nonsense"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_CA_BUNDLE", "/nowhere"),
            ("HTTP_PROXY", NOBODY),
            ("http_proxy", NOBODY),
            ("ALL_PROXY", NOBODY),
        ],
    )
    async def test_a_sandbox_is_reached_whatever_the_environment_says_of_aws_and_proxies(
        self, variable: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = tmp_path / "broken"
        broken.write_text("[default\nno ini file")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv(variable, value.format(broken=broken))
        with answering(page("vpc-1")) as (url, calls):
            answer = await Aws(Target("eu-west-1", url, dummy_credentials=True)).call("ec2", "DescribeVpcs")
        assert [vpc["VpcId"] for vpc in answer["Vpcs"]] == ["vpc-1"]
        assert len(calls) == 1

    def test_stdout_that_is_closed_or_full_is_told_in_a_line(self) -> None:
        closed = pltui("schema", stdout=None, preexec_fn=lambda: os.close(1))
        with Path("/dev/full").open("w") as full:
            filled = pltui("schema", stdout=full)
        for done in (closed, filled):
            assert done.returncode == 1
            assert re.fullmatch(r"pltui: results cannot be written to standard output: .+\n", done.stderr)

    def test_whoever_reads_only_the_beginning_is_no_failure(self) -> None:
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {sys.executable} -m pltui schema | true"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


class TestArguments:
    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:99999", "http://[::1:5977", "ftp://127.0.0.1:21", "http://127.0.0.1:x", "http://:80"]
    )
    @pytest.mark.parametrize("target", ["sandbox", "aws"])
    def test_an_endpoint_that_is_no_http_url_is_wrong_usage(
        self, url: str, target: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["plan", SPEC, "--target", target, "--endpoint-url", url]) == 2
        assert "is not a URL" in capsys.readouterr().err

    @pytest.mark.parametrize("region", ["xx!y", "mars-1", "ap-northeast-1a", "AP-NORTHEAST-1"])
    def test_a_region_that_a_spec_could_not_name_is_wrong_usage(
        self, region: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert main(["plan", SPEC, "--endpoint-url", NOBODY, "--region", region]) == 2
        assert "is not an AWS region" in capsys.readouterr().err

    def test_the_environments_region_is_checked_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_REGION", "mars-1")
        with pytest.raises(LabError, match="not an AWS region"):
            Settings().choose_region(None)


class TestAccounts:
    IDENTITY = (
        200,
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>",
    )

    async def check(self, provider: Account, consumer: Account) -> None:
        spec = load(SPEC)
        (only,) = spec.consumers.values()
        spec = replace(
            spec,
            provider=replace(spec.provider, account=provider),
            consumers={only.name: replace(only, account=consumer)},
        )
        with answering(self.IDENTITY) as (url, _):
            await check_accounts(Aws(Target("eu-west-1", url, dummy_credentials=True)), spec)

    @pytest.mark.parametrize(
        ("provider", "consumer"),
        [
            (Account("111122223333"), Account("444455556666")),
            (Account("111122223333"), Account(profile="other")),
            (Account(profile="one"), Account(profile="other")),
        ],
    )
    async def test_a_consumer_in_another_account_is_wrong_usage(self, provider: Account, consumer: Account) -> None:
        with pytest.raises(LabError, match="not supported yet") as raised:
            await self.check(provider, consumer)
        assert raised.value.code == 2

    @pytest.mark.parametrize(
        ("provider", "consumer"), [(Account("444455556666"), Account()), (Account(), Account("444455556666"))]
    )
    async def test_credentials_of_another_account_are_refused(self, provider: Account, consumer: Account) -> None:
        with pytest.raises(Refused, match="444455556666"):
            await self.check(provider, consumer)

    @pytest.mark.parametrize("consumer", [Account(), Account("111122223333"), Account("111122223333", "one")])
    async def test_the_same_account_on_both_sides_is_fine(self, consumer: Account) -> None:
        await self.check(Account("111122223333", "one"), consumer)


class TestSwitch:
    @pytest.mark.slow
    def test_it_is_set_and_written_back_without_a_look_at_the_rest(self, moto_url: str, tmp_path: Path) -> None:
        spec = tmp_path / "lab.yaml"
        shutil.copy("specs/zonal.yaml", spec)
        asyncio.run(_make_balancer(moto_url, "written-back", "back"))
        own = ("--endpoint-url", moto_url, "--set", "name=written-back", "--set", "provider.load_balancer.name=back")
        done = pltui("cross-zone", str(spec), "on", "--write", *own)
        assert (done.returncode, done.stdout) == (0, "cross-zone on\n"), done.stderr
        assert "now has" in done.stderr
        assert load(spec).provider.load_balancer.cross_zone is True


async def _make_balancer(url: str, lab: str, name: str) -> None:
    """A load balancer in a VPC, as the lab would have made them."""
    aws = Aws(Target("ap-northeast-1", url, dummy_credentials=True))

    def tags(address: str) -> list[dict[str, str]]:
        return [{"Key": "pltui:lab", "Value": lab}, {"Key": "pltui:address", "Value": address}]

    vpc_tags = [{"ResourceType": "vpc", "Tags": tags("provider/vpc")}]
    vpc = (await aws.call("ec2", "CreateVpc", CidrBlock="10.77.0.0/16", TagSpecifications=vpc_tags))["Vpc"]["VpcId"]
    subnet = (await aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.77.1.0/24"))["Subnet"]["SubnetId"]
    wanted = {"Name": name, "Type": "network", "Scheme": "internal", "Subnets": [subnet], "Tags": tags(LOAD_BALANCER)}
    await aws.call("elbv2", "CreateLoadBalancer", **wanted)


class TestStopping:
    def test_ctrl_c_ends_a_look_that_nobody_answers(self) -> None:
        with answering(SILENCE) as (url, calls):
            words = [sys.executable, "-m", "pltui", "plan", SPEC, "--endpoint-url", url]
            with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                assert calls.wait_for(1, 60)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=20)  # calls time out only after 60 s, and are sent again
        assert process.returncode == 130
        assert "Traceback" not in err

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_before_a_loop_runs_is_an_interrupt(
        self, number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
        monkeypatch.setattr("pltui.cli.commands.schema.run", lambda _: os.kill(os.getpid(), number))
        try:
            assert main(["schema"]) == 130
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        assert capsys.readouterr().err == "pltui: interrupted\n"

    async def test_a_stop_ends_the_pause_between_two_tries(self) -> None:
        asked: list[float] = []

        async def stopped(seconds: float) -> bool:
            asked.append(seconds)
            return True

        with answering(error("Throttling")) as (url, calls):
            with pytest.raises(Exception, match="no"):
                await Aws(Target("eu-west-1", url, dummy_credentials=True), stopped).call("ec2", "DescribeVpcs")
            assert (len(calls), len(asked)) == (1, 1)

    async def test_a_run_that_the_clock_ended_is_no_stop_somebody_asked_for(self) -> None:
        lab = a_lab()
        lab._stop.set("timed out", asked=False)
        assert not await lab.stopped_within(0.01)
        lab._stop.set("timed out", asked=False)
        lab.stop()
        assert await lab.stopped_within(0.01)


def a_lab() -> Lab:
    return Lab(SPEC, load(SPEC), Settings(endpoint_url=NOBODY))


class TestWatch:
    """Passes as scripted: outcomes and errors, and at the end a stop."""

    async def passes(self, *script: Outcome | LabError) -> tuple[int, int]:
        """(exit code, how many passes were made)."""
        left = list(script)

        class Scripted:
            spec = load(SPEC)
            observed: tuple[object, ...] = ()
            target = "sandbox"
            looked = True

            async def plan(self) -> Outcome:
                return await self.reconcile()

            async def reconcile(self, **_: object) -> Outcome:
                result = left.pop(0)
                if isinstance(result, LabError):
                    raise result
                return result

            async def stopped_within(self, seconds: float) -> bool:
                return not left

        code = await watch(cast(Lab, Scripted()), Output(verbosity=-1))
        return code, len(script) - len(left)

    async def test_failed_passes_and_looks_are_told_and_tried_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        timed_out = Outcome(ok=False, message="timed out after 1 s")
        assert await self.passes(timed_out, LabError("nobody answers"), Outcome(ok=True)) == (130, 3)
        assert "nobody answers" in capsys.readouterr().err

    async def test_once_it_was_converged_a_refusal_is_tried_again_too(self) -> None:
        """Credentials expire and are renewed; a look may be denied for a while."""
        unreadable, denied = Plan((), unreadable=(Unreadable("vpc", "x"),)), Outcome(ok=False, denied=True)
        passes = self.passes(Outcome(ok=True), Refused("expired"), unreadable, denied, Outcome(ok=True))
        assert await passes == (130, 5)

    async def test_what_is_denied_before_it_was_ever_converged_ends_it(self) -> None:
        failed, denied = Outcome(ok=False), Outcome(ok=False, denied=True)
        assert await self.passes(failed, denied, Outcome(ok=True)) == (4, 2)

    @pytest.mark.parametrize("final", [Refused("not yours"), LabError("usage", code=2), LabError("stop", code=130)])
    async def test_what_trying_again_cannot_heal_ends_it(self, final: LabError) -> None:
        with pytest.raises(LabError) as raised:
            await self.passes(final, Outcome(ok=True))
        assert raised.value is final


@pytest.mark.parametrize("words", [["plan", SPEC, "--\x1b]0;x\a"], ["sandbox", "up", "--\x1b[2J"], ["log", "--\x9b2J"]])
def test_an_option_with_escapes_does_not_reach_the_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert not set("\x1b\a\x9b") & set(capsys.readouterr().err)


def test_a_current_folder_that_is_gone_is_a_sentence(tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from pltui.cli.main import main; sys.exit(main(sys.argv[1:]))"
    for words in (["sandbox", "snapshot", "save", "x"], ["validate", "x.yaml"]):
        (tmp_path / "gone").mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=tmp_path / "gone", capture_output=True, text=True, timeout=60,
            check=False, env={**os.environ, "PYTHONPATH": str(Path(pltui_package.__file__).parents[1])},
        )  # fmt: skip
        assert done.returncode in (1, 2)
        assert "unexpected" not in done.stderr


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return tmp_path / "runtime"
