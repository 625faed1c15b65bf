"""Systems Manager: which instances are registered, and commands carried out for them."""

import threading
import time

import pytest

SCRIPT = "AWS-RunShellScript"


@pytest.fixture
def node(aws):
    """A registered instance."""
    profile = aws.profile("AmazonSSMManagedInstanceCore")
    instance = aws.instance(aws.subnet(aws.vpc()), IamInstanceProfile={"Name": profile})
    aws.wait(90)
    return instance


def known(aws):
    return [i["InstanceId"] for i in aws.ssm.describe_instance_information()["InstanceInformationList"]]


def send(aws, instance, *commands):
    answer = aws.ssm.send_command(InstanceIds=[instance], DocumentName=SCRIPT, Parameters={"commands": list(commands)})
    return answer["Command"]["CommandId"]


def outcome(aws, command, instance):
    """The invocation once it has finished."""
    for _ in range(500):
        seen = aws.ssm.get_command_invocation(CommandId=command, InstanceId=instance)
        if seen["Status"] not in ("Pending", "InProgress"):
            return seen
        time.sleep(0.01)
    raise AssertionError(seen)


def test_instances_register_some_time_after_they_run_if_their_role_lets_them(aws):
    """Systems Manager guide, setup: agent, AmazonSSMManagedInstanceCore, a way out."""
    subnet = aws.subnet(aws.vpc())
    with_policy = aws.instance(subnet, IamInstanceProfile={"Name": aws.profile("AmazonSSMManagedInstanceCore")})
    without = [aws.instance(subnet, IamInstanceProfile={"Name": aws.profile()}), aws.instance(subnet)]
    aws.wait(30)
    assert with_policy not in known(aws)
    aws.wait(60)
    assert with_policy in known(aws)
    assert not set(without) & set(known(aws))
    (row,) = aws.ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [with_policy]}])[
        "InstanceInformationList"
    ]
    assert (row["InstanceId"], row["PingStatus"], row["PlatformType"]) == (with_policy, "Online", "Linux")


def test_a_command_before_registration_is_refused(aws, refused):
    """Systems Manager API reference, SendCommand: InvalidInstanceId."""
    instance = aws.instance(aws.subnet(aws.vpc()))
    call = {"InstanceIds": [instance], "DocumentName": SCRIPT, "Parameters": {"commands": ["true"]}}
    assert refused(aws.ssm.send_command, **call) == "InvalidInstanceId"


def test_a_command_is_carried_out_as_the_instance_and_its_output_kept(aws, node):
    """Systems Manager API reference, GetCommandInvocation."""
    asked = []

    def runner(instance, commands, timeout):
        asked.append((instance, commands, timeout))
        return 0, "out\n", "err\n"

    aws.runner = runner
    command = send(aws, node, "probe 1", "probe 2")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert asked == [(node, ["probe 1", "probe 2"], 3600.0)]
    assert (seen["Status"], seen["ResponseCode"]) == ("Success", 0)
    assert (seen["StandardOutputContent"], seen["StandardErrorContent"]) == ("out\n", "err\n")
    (listed,) = aws.ssm.list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert listed["CommandPlugins"][0]["Output"] == "out\n"


def test_output_shows_only_when_the_command_has_finished(aws, node):
    """botocore model: ResponseCode -1 before, content after."""
    may_end, began = threading.Event(), threading.Event()

    def runner(*_):
        began.set()
        may_end.wait(20)
        return 3, "late", ""

    aws.runner = runner
    command = send(aws, node, "slow")
    aws.wait(1)
    assert began.wait(20)
    seen = aws.ssm.get_command_invocation(CommandId=command, InstanceId=node)
    assert (seen["Status"], seen["ResponseCode"], seen["StandardOutputContent"]) == ("InProgress", -1, "")
    may_end.set()
    seen = outcome(aws, command, node)
    assert (seen["Status"], seen["ResponseCode"], seen["StandardOutputContent"]) == ("Failed", 3, "late")


def test_output_is_cut_to_24000_and_8000_characters(aws, node):
    """botocore model, GetCommandInvocationResult."""
    aws.runner = lambda *_: (0, "o" * 30_000, "e" * 30_000)
    command = send(aws, node, "long")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert (len(seen["StandardOutputContent"]), len(seen["StandardErrorContent"])) == (24_000, 8_000)


def test_an_invocation_does_not_exist_right_after_sending(aws, node, refused):
    """Seen: InvocationDoesNotExist, retry."""
    command = send(aws, node, "x")
    get = aws.ssm.get_command_invocation
    assert refused(get, CommandId=command, InstanceId=node) == "InvocationDoesNotExist"


def test_a_command_the_lab_does_not_know_fails_and_is_never_run(aws, node, tmp_path):
    touched = tmp_path / "touched"
    command = send(aws, node, f"touch {touched}")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert seen["Status"] == "Failed"
    assert "no shell" in seen["StandardErrorContent"]
    assert not touched.exists()


def test_a_cancelled_command_stays_cancelled(aws, node):
    """Systems Manager API reference, CancelCommand."""
    may_end = threading.Event()
    ended = threading.Event()

    def runner(*_):
        may_end.wait(20)
        ended.set()
        return 0, "late", ""

    aws.runner = runner
    command = send(aws, node, "slow")
    aws.wait(1)
    aws.ssm.cancel_command(CommandId=command)
    may_end.set()
    seen = outcome(aws, command, node)
    assert (seen["Status"], seen["StandardOutputContent"]) == ("Cancelled", "")
