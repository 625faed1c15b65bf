"""What may stand in a file that people send around."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.history.redaction import HIDDEN, redact, redact_text

SECRET = "hunter2-7f3a"
NAMES = (
    "user_data", "UserData", "password", "token", "SessionToken", "secret", "SecretAccessKey", "credential",
    "credentials", "Authorization", "aws_access_key_id", "AccessKeyId", "api_key", "private_key", "client_token",
)  # fmt: skip
KEY_IDS = st.builds(str.__add__, st.sampled_from(["AKIA", "ASIA"]), st.from_regex(r"[A-Z0-9]{16}", fullmatch=True))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["vpc-0a1b2c3d", "10.0.0.0/16", "ready"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "spec", "cidr"]), inner),
    max_leaves=8,
)


@given(PLAIN, st.sampled_from(NAMES), st.sampled_from([SECRET, [SECRET], {"deeper": [SECRET]}]), st.booleans())
def test_what_goes_by_a_secrets_name_is_hidden_at_any_depth(about: Any, name: str, secret: Any, listed: bool) -> None:
    inner = {"about": about, name: secret}
    written = json.dumps(redact({"detail": [inner] if listed else {"spec": inner}}))
    assert SECRET not in written
    assert HIDDEN in written


@given(st.sampled_from(NAMES), st.sampled_from(["was", "want"]))
def test_a_changes_values_are_hidden_when_its_field_is_a_secret(name: str, which: str) -> None:
    assert redact({"changes": [{"field": name, which: SECRET}]}) == {"changes": [{"field": name, which: HIDDEN}]}


@given(st.text(), KEY_IDS, st.text())
def test_no_access_key_id_is_written(before: str, key_id: str, after: str) -> None:
    assert key_id not in redact_text(f"{before}{key_id}{after}")


@given(PLAIN)
def test_what_holds_no_secret_is_written_as_it_is(value: Any) -> None:
    assert redact(value) == value


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10))
def test_hiding_twice_changes_nothing_more(value: Any) -> None:
    once = redact(value)
    assert redact(once) == once


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"not authorized. Encoded authorization failure message: {SECRET}{'x' * 30}", SECRET),
        (f"X-Amz-Security-Token={SECRET}&X-Amz-Date=2026", SECRET),
        (f'{{"SecretAccessKey": "{SECRET}"}}', SECRET),
        (f"AWS4-HMAC-SHA256 Credential={SECRET}/ec2, Signature={SECRET}", SECRET),
        (f"no route to http://me:{SECRET}@proxy.example:3128/", SECRET),
        (f"the token {'FwoGZXIvYXdzE' * 12}== has expired", "FwoGZXIvYXdzEFwoGZXIvYXdzE"),
    ],
)
def test_secrets_in_messages_are_cut_out(said: str, secret: str) -> None:
    assert secret not in redact_text(said)


@pytest.mark.parametrize(
    "said",
    [
        "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/net/provider-nlb/50dc6c49a1b2c3d4",
        "InvalidClientTokenId: The security token included in the request is invalid.",
        "UnauthorizedOperation: not allowed (ec2:CreateVpc); ask for ec2:CreateVpc on *",
        "consumer/private-route-table-1/0.0.0.0/0",
    ],
)
def test_what_people_need_to_understand_a_failure_stays(said: str) -> None:
    assert redact_text(said) == said


def test_a_setting_with_a_secrets_name_stays() -> None:
    spec = {"http_tokens": "required", "user_data_digest": "0f1e2d3c"}
    assert redact(spec) == spec
