"""What a report says of where its lab is."""

from pltui.report.sentences import facts, outcome
from tests.report.reports import FAILED, PASSED, origin, results


def test_an_account_is_told_where_there_is_one() -> None:
    assert dict(facts(origin(target="aws", account="111122223333", speed="")))["Account"] == "111122223333"
    assert "Account" not in dict(facts(origin()))


def test_real_aws_and_the_sandbox_s_speed_are_told() -> None:
    assert dict(facts(origin(target="aws", speed="")))["Target"] == "real AWS"
    assert dict(facts(origin()))["Target"] == "sandbox, speed 60"


def test_another_endpoint_is_never_told_as_real_aws() -> None:
    found = dict(facts(origin(target="aws", speed="", endpoint="http://127.0.0.1:4566")))
    assert found["Target"] == "aws by way of http://127.0.0.1:4566"


def test_how_many_experiments_went_as_expected_is_told() -> None:
    assert outcome(results(PASSED, FAILED)) == "1 of 2 experiments as expected."
