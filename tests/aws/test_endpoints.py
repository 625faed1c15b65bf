"""Endpoints of the environment and of profiles: found as botocore finds them, and refused where they are mixed."""

from pathlib import Path

import boto3
import pytest
import urllib3

from pltui.aws.endpoints import SERVICES, redirection
from pltui.aws.settings import Settings, url_host
from pltui.cli.main import main
from pltui.engine.errors import DeniedError
from pltui.errors import LabError

REGION = "eu-west-1"
LOCAL, OTHER = "http://127.0.0.1:4566", "http://127.0.0.1:5000"
VPC_ENDPOINT = "https://vpce-0a1b-abcd.ec2.eu-west-1.vpce.amazonaws.com"
CONFIG = (
    f"""\
[default]
region = {REGION}

[profile local]
endpoint_url = {LOCAL}

[profile sections]
services = emulator

[profile part]
services = part

[services emulator]
"""
    + "".join(f"{name} =\n  endpoint_url = {LOCAL}\n" for name in SERVICES.values())
    + f"""
[services part]
route_53 =
  endpoint_url = {LOCAL}
"""
)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)


EVERYWHERE = {"AWS_ENDPOINT_URL": LOCAL}


@pytest.mark.parametrize(
    ("environment", "profile", "found"),
    [
        ({}, None, None),
        (EVERYWHERE, None, LOCAL),
        ({}, "local", LOCAL),
        ({}, "sections", LOCAL),
        ({"AWS_PROFILE": "local"}, None, LOCAL),
        ({**EVERYWHERE, "AWS_ENDPOINT_URL_ROUTE_53": OTHER}, None, f"{LOCAL}, {OTHER}"),
        ({**EVERYWHERE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None, None),
        ({"AWS_ENDPOINT_URL_EC2": VPC_ENDPOINT}, None, None),
        (EVERYWHERE, "gone", LOCAL),
    ],
)
def test_all_calls_go_to_aws_or_to_what_takes_its_place(
    environment: dict[str, str], profile: str | None, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert redirection(profile, REGION) == found


@pytest.mark.parametrize(
    ("environment", "profile", "local", "rest"),
    [
        ({"AWS_ENDPOINT_URL_EC2": LOCAL}, None, "of ec2 to", "of elbv2, iam"),
        ({}, "part", "of route53 to", "of ec2, elbv2, iam, ssm, sts"),
        ({**EVERYWHERE, "AWS_ENDPOINT_URL_EC2": VPC_ENDPOINT}, None, "of elbv2", "of ec2 to AWS"),
    ],
)
def test_a_mix_of_aws_and_a_local_endpoint_is_refused(
    environment: dict[str, str], profile: str | None, local: str, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeniedError) as caught:
        redirection(profile, REGION)
    assert local in caught.value.message
    assert rest in caught.value.message
    assert "--endpoint-url" in caught.value.hint


@pytest.mark.parametrize("profile", ["sections", "local"])
def test_botocore_sends_each_service_there(profile: str) -> None:
    session = boto3.Session(profile_name=profile, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
    urls = {session.client(service).meta.endpoint_url for service in SERVICES}
    assert urls == {redirection(profile, REGION)}


@pytest.mark.parametrize(("service", "name"), SERVICES.items())
def test_each_service_has_its_own_variable(service: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name.upper()}", LOCAL)
    session = boto3.Session(region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
    assert session.client(service).meta.endpoint_url == LOCAL


@pytest.mark.parametrize("url", ["http://user:SECRET@127.0.0.1:4566", "http://SECRET@vpce.amazonaws.com"])
def test_a_url_of_the_environment_with_a_password_is_refused_and_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", url)
    with pytest.raises(DeniedError, match="user name or a password") as caught:
        redirection(None, REGION)
    assert "SECRET" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566",
        "HTTPS://LocalHost",
        "http://[::1]:4566/path",
        "http://192.0.2.7/@127.0.0.1/",
        "http://127.0.0.1.",
    ],
)
def test_the_host_of_a_url_is_the_one_that_urllib3_connects_to(url: str) -> None:
    assert url_host(url) == (urllib3.util.parse_url(url).host or "").strip("[]")


@pytest.mark.parametrize(
    "url",
    [
        r"http://192.0.2.7:8099\@127.0.0.1/",
        r"http://127.0.0.1\@192.0.2.7/",
        "http://192.0.2.7#@127.0.0.1/",
        "http://192.0.2.7?@127.0.0.1/",
        "http://127.0.0.1@192.0.2.7@127.0.0.1/",
        "http://127.0.0.1 .example/",
        "http://127.0.0.1\t.example/",
        "http://127.0.0.1%2eexample/",
        "http://１27.0.0.1/",
        "http:192.0.2.7//127.0.0.1",
    ],
)
def test_a_url_that_clients_read_differently_is_no_endpoint(url: str) -> None:
    assert url_host(url) is None
    with pytest.raises(LabError, match="is not a URL"):
        Settings(endpoint_url=url).check()


@pytest.mark.parametrize("target", ["sandbox", "aws"])
@pytest.mark.parametrize("command", ["plan", "status", "reconcile"])
def test_a_password_in_an_endpoint_url_is_refused_and_appears_nowhere(
    command: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for url in ("http://user:SECRET@127.0.0.1:1", r"http://user:SECRET@127.0.0.1:1\x", "user:SECRET@127.0.0.1"):
        words = [command, "specs/privatelink.yaml", "--target", target, "--endpoint-url", url, "--json"]
        assert main(words) == 2
        shown = capsys.readouterr()
        assert "SECRET" not in shown.out + shown.err
