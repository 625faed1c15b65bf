"""Encoded authorization messages: hundreds of characters that only AWS decodes, so only -v prints them."""

import pytest

from pltui.aws.errors import translate_error
from pltui.aws.user_errors import as_lab_error
from pltui.cli.output import Output, format_event
from pltui.engine.events import Event, StepFailed
from pltui.history.redaction import redact

SECRET = "4EfA1b" * 40
MESSAGE = f"You are not authorized to perform this operation. Encoded authorization failure message: {SECRET}"
ERROR = translate_error({"Error": {"Code": "UnauthorizedOperation", "Message": MESSAGE}}, "ec2:CreateVpcEndpoint")
FAILED = Event(
    1,
    "2026-01-01T00:00:00.000Z",
    "consumer/endpoint",
    StepFailed(op="create", error=ERROR.message, code=ERROR.code, hint=ERROR.hint, encoded_authorization=SECRET),
)


@pytest.mark.parametrize("verbosity", [0, 1])
def test_the_error_that_ends_a_command_has_it_only_with_v(verbosity: int, capsys: pytest.CaptureFixture[str]) -> None:
    Output(verbosity=verbosity).write_error(as_lab_error(ERROR))
    shown = capsys.readouterr().err
    assert (SECRET in shown) is bool(verbosity)
    assert "aws sts decode-authorization-message" in shown


@pytest.mark.parametrize("verbose", [False, True])
def test_the_line_of_a_failed_step_has_it_only_with_v(verbose: bool) -> None:
    line = format_event(FAILED, verbose=verbose)
    assert line
    assert (SECRET in line) is verbose
    assert "aws sts decode-authorization-message" in line


def test_it_is_not_recorded() -> None:
    assert SECRET not in str(redact(FAILED.document()))
