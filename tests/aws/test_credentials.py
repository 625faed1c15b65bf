"""Credentials of every kind, from config files and a fake STS: resolved, cached as the AWS CLI does, or refused."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pltui.aws import credentials
from pltui.aws.client import Aws, Target
from pltui.aws.credentials import SOON, Resolved
from pltui.aws.transport import Boto
from pltui.engine.errors import CloudError, DeniedError, ExpiredError, UnreachedError
from tests.aws.server import Calls, answering, error

REGION = "eu-west-1"
MFA = "arn:aws:iam::123456789012:mfa/alice"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n"
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def stamp(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).strftime(STAMP)


def assumed(expires: str) -> tuple[int, str]:
    """AssumeRole's answer (STS API reference)."""
    return 200, (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
        "<AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
        f"<SessionToken>token</SessionToken><Expiration>{expires}</Expiration></Credentials>"
        "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/lab/x</Arn><AssumedRoleId>A:x</AssumedRoleId>"
        "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home without any trace of the real one."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def configure(home: Path) -> Callable[[str], None]:
    return lambda text: (home / "config").write_text(text) and None


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """Answers AssumeRole with a session of an hour."""
    with answering(assumed(stamp(hours=1))) as (url, calls):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        yield calls


def boto(profile: str) -> Boto:
    return Boto(Target(REGION, "http://127.0.0.1:9", profile=profile))


ROLE = f"[profile keys]\n{KEYS}\n[profile lab]\nrole_arn = arn:aws:iam::123456789012:role/lab\nsource_profile = keys\n"


def test_an_mfa_code_is_asked_for_once_and_the_session_serves_the_next_command(
    home: Path, configure: Callable[[str], None], sts: Calls
) -> None:
    configure(f"{ROLE}mfa_serial = {MFA}\n")
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "123456"

    for _ in range(2):
        resolved = boto("lab").sign_in(ask)
    assert asked == [f"Enter MFA code for {MFA}: "]
    assert [(call["SerialNumber"], call["TokenCode"]) for call in sts] == [(MFA, "123456")]
    assert resolved.method == "assume-role"
    (kept,) = (home / ".aws/cli/cache").iterdir()
    assert json.loads(kept.read_text())["Credentials"]["AccessKeyId"] == "ASIAASSUMED"
    assert kept.stat().st_mode & 0o077 == 0


def test_a_session_that_the_aws_cli_has_begun_is_used_without_a_terminal(
    home: Path, configure: Callable[[str], None], sts: Calls
) -> None:
    configure(f"{ROLE}mfa_serial = {MFA}\n")
    boto("lab").sign_in(lambda _: "123456")
    (kept,) = (home / ".aws/cli/cache").iterdir()
    # Its name is what the AWS CLI gives it: the SHA-1 of the sorted parameters, without the session's name.
    assert len(kept.stem) == 40
    assert boto("lab").sign_in(None).method == "assume-role"
    assert len(sts) == 1


def test_without_a_terminal_the_command_to_run_is_named(configure: Callable[[str], None], sts: Calls) -> None:
    configure(f"{ROLE}mfa_serial = {MFA}\n")
    with pytest.raises(ExpiredError, match="MFA code") as caught:
        boto("lab").sign_in(None)
    assert "`aws sts get-caller-identity --profile lab`" in caught.value.hint
    assert not sts


async def test_a_call_amid_the_work_asks_nobody(configure: Callable[[str], None], sts: Calls) -> None:
    configure(f"{ROLE}mfa_serial = {MFA}\n")
    wire = boto("lab")
    with pytest.raises(ExpiredError, match="MFA code"):
        await Aws(Target(REGION, "http://127.0.0.1:9", profile="lab"), wire=wire).call("ec2", "DescribeVpcs")


def test_a_home_that_cannot_be_written_costs_no_more_than_the_cache(
    home: Path, configure: Callable[[str], None], sts: Calls
) -> None:
    configure(ROLE)
    (home / ".aws").write_text("in the way of a folder")
    assert boto("lab").sign_in(None).method == "assume-role"


def test_a_role_that_may_not_be_assumed_is_denied_by_its_own_action(
    configure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(ROLE)
    with answering(error("AccessDenied", "User is not authorized to perform: sts:AssumeRole", status=403)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        with pytest.raises(DeniedError) as caught:
            boto("lab").sign_in(None)
    assert caught.value.action == "sts:AssumeRole"


def test_sts_that_is_not_reached_is_no_refusal(
    configure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setattr(credentials, "MOST_TRIES", 1)
    with pytest.raises(UnreachedError):
        boto("lab").sign_in(None)


def process(tmp_path: Path, code: str) -> str:
    script = tmp_path / "process.py"
    script.write_text(code)
    return f"[profile lab]\ncredential_process = {sys.executable} {script}\n"


def test_a_process_that_prints_credentials_is_run(home: Path, configure: Callable[[str], None]) -> None:
    document = {"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "s", "SessionToken": "t"}
    expiring = {**document, "Expiration": stamp(minutes=18)}
    configure(process(home, f"print('''{json.dumps(document)}''')"))
    assert boto("lab").sign_in(None).expires is None
    configure(process(home, f"print('''{json.dumps(expiring)}''')"))
    assert "expire in 18 min" in boto("lab").sign_in(None).warning()


NO_SUCH = "name a working profile with --profile"
SSO = """\
[profile lab]
sso_session = company
sso_account_id = 123456789012
sso_role_name = lab
[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = eu-west-1
"""


@pytest.mark.parametrize(
    ("config", "kind", "message", "hint"),
    [
        (SSO, ExpiredError, "SSO", "`aws sso login --profile lab`"),
        ("[profile lab]\nlogin_session = arn:aws:iam::123456789012:user/a\n", DeniedError, "crt", "pltui[login]"),
        ("[profile lab]\ncredential_process = false\n", DeniedError, "custom-process", "aws sts get-caller-identity"),
        ("[profile other]\n", DeniedError, "lab", NO_SUCH),
        ("[profile lab]\n", DeniedError, "credentials", NO_SUCH),
        ("[profile lab]\naws_access_key_id = AKIA\n", DeniedError, "aws_secret_access_key", NO_SUCH),
        ("[profile lab]\nrole_arn = a\nsource_profile = gone\n", DeniedError, "gone", NO_SUCH),
        ("[profile lab]\nrole_arn = a\n", DeniedError, "source_profile", NO_SUCH),
        ("not a config file", DeniedError, "", NO_SUCH),
    ],
    ids=["sso", "login", "process", "no profile", "empty", "partial", "source", "role", "unreadable"],
)
def test_credentials_that_cannot_be_had_end_with_what_to_do(
    config: str, kind: type[CloudError], message: str, hint: str, configure: Callable[[str], None]
) -> None:
    configure(config)
    with pytest.raises(CloudError) as caught:
        boto("lab").sign_in(None)
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_login_that_is_over_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore import exceptions

    for error_type in (exceptions.LoginRefreshRequired, exceptions.LoginTokenLoadError):
        failure = error_type(error_msg="expired") if error_type is exceptions.LoginTokenLoadError else error_type()
        known = credentials.translate_failure(failure, action="", profile="lab")
        assert isinstance(known, ExpiredError)
        assert "`aws login --profile lab`" in known.hint


@pytest.mark.parametrize(
    ("method", "minutes", "warned"),
    [("env", 19, True), ("assume-role", 19, True), ("env", 21, False), ("sso", 5, False), ("env", None, False)],
)
def test_credentials_that_expire_soon_are_warned_of_where_a_person_must_renew_them(
    method: str, minutes: int | None, *, warned: bool
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    expires = None if minutes is None else now + timedelta(minutes=minutes)
    warning = Resolved(method=method, expires=expires, renewal="renew them").warning(now)
    assert bool(warning) is warned
    assert not warned or (f"{minutes} min" in warning and "renew them" in warning)
    assert timedelta(minutes=20) == SOON


def test_credentials_of_the_environment_that_expire_are_known_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", stamp(minutes=18))
    resolved = Boto(Target(REGION)).sign_in(None)
    assert "export fresh ones" in resolved.warning()
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", stamp(minutes=-5))
    with pytest.raises(ExpiredError, match="expired"):
        Boto(Target(REGION)).sign_in(None)
