"""The caller's identity."""

import re

import pytest

GUIDE = "STS API reference, GetCallerIdentity; IAM user guide, unique identifiers"


@pytest.mark.fidelity("A user is shown by account, ARN of IAM, and an id that begins with AIDA", source=GUIDE)
def test_a_user_is_told(aws):
    told = aws.sts.get_caller_identity()
    assert re.fullmatch(r"\d{12}", told["Account"])
    assert re.fullmatch(rf"arn:aws:iam::{told['Account']}:user/.+", told["Arn"])
    assert re.fullmatch(r"AIDA[A-Z0-9]{17}", told["UserId"])


@pytest.mark.fidelity(
    "The session of an assumed role is shown by the role's account and an ARN with the session's name, and has one id"
    " throughout",
    source="STS API reference, AssumeRole and GetCallerIdentity",
)
def test_a_session_has_one_id(aws):
    role = "arn:aws:iam::222233334444:role/visitor"
    given = aws.sts.assume_role(RoleArn=role, RoleSessionName="me")
    keys = given["Credentials"]
    visitor = aws.signing(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    for told in (visitor.sts.get_caller_identity(), visitor.sts.get_caller_identity()):
        assert told["Account"] == "222233334444"
        assert told["Arn"] == "arn:aws:sts::222233334444:assumed-role/visitor/me"
        assert told["UserId"] == given["AssumedRoleUser"]["AssumedRoleId"]
    assert re.fullmatch(r"AROA[A-Z0-9]{17}:me", told["UserId"])


@pytest.mark.fidelity(
    "A call that no policy allows is UnauthorizedOperation or AccessDenied",
    source="IAM user guide, policy evaluation logic; EC2 API reference, error codes",
    differs="policies are stored and never evaluated: every signed call is allowed",
)
def test_policies_deny_nothing(aws):
    name = aws.name("user")
    aws.iam.create_user(UserName=name)
    key = aws.iam.create_access_key(UserName=name)["AccessKey"]
    user = aws.signing(key["AccessKeyId"], key["SecretAccessKey"])
    assert user.sts.get_caller_identity()["Arn"].endswith(f":user/{name}")
    assert user.vpc()
