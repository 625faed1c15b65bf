"""Systems Manager: which instances are registered, and Run Command."""

import threading
import time

import pytest

SCRIPT = "AWS-RunShellScript"


@pytest.fixture
def place(aws):
    """A private subnet, `subnet`, with a way out by a NAT gateway in `public`."""
    vpc = aws.vpc()
    gateway, public, subnet = aws.gateway(vpc), aws.subnet(vpc, 0), aws.subnet(vpc, 1)
    nat = aws.ec2.create_nat_gateway(SubnetId=public, AllocationId=aws.address())["NatGateway"]["NatGatewayId"]
    aws.wait(120)
    table, outside = aws.route_table(vpc, subnet), aws.route_table(vpc, public)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    aws.ec2.create_route(RouteTableId=outside, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return {"vpc": vpc, "subnet": subnet, "public": public, "nat": nat}


def machine(aws, subnet, **more):
    """With the role that lets the agent in."""
    profile = aws.profile("AmazonSSMManagedInstanceCore")
    return aws.instance(subnet, IamInstanceProfile={"Name": profile}, **more)


@pytest.fixture
def node(aws, place):
    """A registered instance."""
    instance = machine(aws, place["subnet"])
    aws.wait(90)
    return instance


def rows(aws):
    pages = aws.ssm.get_paginator("describe_instance_information").paginate()
    return [row for page in pages for row in page["InstanceInformationList"]]


def known(aws):
    return [row["InstanceId"] for row in rows(aws)]


def ping(aws, instance):
    """What Systems Manager says of the connection to the instance; None before it is registered."""
    return next((row["PingStatus"] for row in rows(aws) if row["InstanceId"] == instance), None)


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


@pytest.mark.fidelity(
    "An instance registers a minute or so after it runs, if its role has AmazonSSMManagedInstanceCore",
    source="Systems Manager user guide, setup",
)
def test_instances_register_some_time_after_they_run_if_their_role_lets_them(aws, place):
    subnet, with_policy = place["subnet"], machine(aws, place["subnet"])
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


@pytest.mark.fidelity(
    "SendCommand to an instance that is not registered is InvalidInstanceId",
    source="Systems Manager API reference, SendCommand",
)
def test_a_command_before_registration_is_refused(aws, refused):
    instance = aws.instance(aws.subnet(aws.vpc()))
    call = {"InstanceIds": [instance], "DocumentName": SCRIPT, "Parameters": {"commands": ["true"]}}
    assert refused(aws.ssm.send_command, **call) == "InvalidInstanceId"


@pytest.mark.fidelity(
    "A command's output and exit code are kept for each instance",
    source="Systems Manager API reference, GetCommandInvocation",
)
def test_a_command_is_carried_out_as_the_instance_and_its_output_kept(aws, node):
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
    assert listed["CommandPlugins"][0]["Output"] == "out\n\n----------ERROR-------\nerr\n"
    (brief,) = aws.ssm.list_command_invocations(CommandId=command)["CommandInvocations"]
    assert (brief["Status"], brief["CommandPlugins"]) == ("Success", [])
    (told,) = aws.ssm.list_commands(CommandId=command)["Commands"]
    assert (told["Status"], told["TargetCount"], told["CompletedCount"]) == ("Success", 1, 1)


@pytest.mark.fidelity(
    "Until a command has finished, its output is empty and its ResponseCode -1",
    source="Systems Manager API reference, GetCommandInvocation",
)
def test_output_shows_only_when_the_command_has_finished(aws, node):
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


@pytest.mark.fidelity(
    "GetCommandInvocation gives the first 24,000 characters of output and 8,000 of errors, ListCommandInvocations"
    " 2,500",
    source="Systems Manager API reference, GetCommandInvocation and ListCommandInvocations",
)
def test_output_is_cut_to_24000_and_8000_characters(aws, node):
    aws.runner = lambda *_: (0, "o" * 30_000, "e" * 30_000)
    command = send(aws, node, "long")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert (len(seen["StandardOutputContent"]), len(seen["StandardErrorContent"])) == (24_000, 8_000)
    (listed,) = aws.ssm.list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert len(listed["CommandPlugins"][0]["Output"]) == 2_500


@pytest.mark.fidelity(
    "Right after SendCommand, GetCommandInvocation is InvocationDoesNotExist",
    source="seen: Systems Manager API reference, GetCommandInvocation",
)
def test_an_invocation_does_not_exist_right_after_sending(aws, node, refused):
    command = send(aws, node, "x")
    get = aws.ssm.get_command_invocation
    assert refused(get, CommandId=command, InstanceId=node) == "InvocationDoesNotExist"


@pytest.mark.fidelity(
    "AWS-RunShellScript runs any shell script as root",
    source="Systems Manager user guide, Run Command",
    differs="only the lab's own probe is carried out, and anything else fails with exit status 127: the sandbox "
    "never runs a command it is sent",
)
def test_a_command_the_lab_does_not_know_fails_and_is_never_run(aws, node, tmp_path):
    touched = tmp_path / "touched"
    command = send(aws, node, f"touch {touched}")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert seen["Status"] == "Failed"
    assert "no shell" in seen["StandardErrorContent"]
    assert not touched.exists()


@pytest.mark.fidelity(
    "A command that is cancelled stays Cancelled, whatever it answers later",
    source="Systems Manager API reference, CancelCommand",
)
def test_a_cancelled_command_stays_cancelled(aws, node):
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


@pytest.mark.fidelity(
    "A failed command's errors end with failed to run commands: exit status …", source="amazon-ssm-agent, runscript"
)
def test_a_failed_command_says_its_exit_status(aws, node):
    aws.runner = lambda *_: (3, "", "oops\n")
    command = send(aws, node, "bad")
    aws.wait(1)
    seen = outcome(aws, command, node)
    assert (seen["Status"], seen["ResponseCode"]) == ("Failed", 3)
    assert seen["StandardErrorContent"] == "oops\nfailed to run commands: exit status 3"


@pytest.mark.fidelity(
    "Without a route to Systems Manager an instance does not register; it does once there is one",
    source="Systems Manager user guide, setup",
)
def test_an_instance_without_a_way_out_does_not_register(aws, place):
    instance = machine(aws, aws.subnet(place["vpc"], 2))
    aws.wait(600)
    assert instance not in known(aws)
    aws.route_table(place["vpc"])
    main = [{"Name": "vpc-id", "Values": [place["vpc"]]}, {"Name": "association.main", "Values": ["true"]}]
    (table,) = aws.ec2.describe_route_tables(Filters=main)["RouteTables"]
    route = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}
    aws.ec2.create_route(**route, NatGatewayId=place["nat"])
    aws.wait(1200)
    assert ping(aws, instance) == "Online"
    aws.ec2.delete_nat_gateway(NatGatewayId=place["nat"])
    assert ping(aws, instance) == "ConnectionLost"


@pytest.mark.fidelity(
    "In a public subnet an instance registers only with a public address", source="Systems Manager user guide, setup"
)
def test_a_public_subnet_needs_a_public_address(aws, place):
    without = machine(aws, place["public"])
    aws.ec2.modify_subnet_attribute(SubnetId=place["public"], MapPublicIpOnLaunch={"Value": True})
    with_address = machine(aws, place["public"])
    aws.wait(90)
    assert (without in known(aws), with_address in known(aws)) == (False, True)


@pytest.mark.fidelity(
    "An instance whose groups let nothing out loses its connection", source="Systems Manager user guide, setup: TCP 443"
)
def test_groups_must_let_443_out(aws, place):
    group = aws.group(place["vpc"])
    instance = machine(aws, place["subnet"], SecurityGroupIds=[group])
    aws.wait(90)
    assert ping(aws, instance) == "Online"
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    aws.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    assert ping(aws, instance) == "ConnectionLost"
    https = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    aws.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=https)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "Without any gateway an instance registers by interface endpoints of ssm and ssmmessages, with private DNS, whose "
    "groups admit it on 443",
    source="Systems Manager user guide, VPC endpoints for Systems Manager",
)
def test_an_instance_registers_by_interface_endpoints(aws):
    vpc = aws.vpc()
    for flag in ("EnableDnsSupport", "EnableDnsHostnames"):
        aws.ec2.modify_vpc_attribute(VpcId=vpc, **{flag: {"Value": True}})
    subnet, group, others = aws.subnet(vpc), aws.group(vpc), aws.group(vpc)
    instance = machine(aws, subnet, SecurityGroupIds=[others])
    for service in ("ssm", "ssmmessages"):
        aws.wait(90)
        assert instance not in known(aws)
        name = f"com.amazonaws.ap-northeast-1.{service}"
        aws.endpoint(vpc, name, subnet, SecurityGroupIds=[group], PrivateDnsEnabled=True)
    aws.wait(90)
    assert instance not in known(aws)
    admit = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": others}]}]
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=admit)
    aws.wait(1200)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "Registered instances are returned in pages of 5 to 50; a tag filter cannot be combined with another",
    source="Systems Manager API reference, DescribeInstanceInformation",
)
def test_registered_instances_come_in_pages(aws, place, refused):
    profile = aws.profile("AmazonSSMManagedInstanceCore")
    made = {aws.instance(place["subnet"], IamInstanceProfile={"Name": profile}) for _ in range(6)}
    aws.wait(90)
    paginator = aws.ssm.get_paginator("describe_instance_information")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 5}))
    assert max(len(page["InstanceInformationList"]) for page in pages) == 5
    assert made <= {row["InstanceId"] for page in pages for row in page["InstanceInformationList"]}
    describe = aws.ssm.describe_instance_information
    assert refused(describe, MaxResults=51) == "ValidationException"
    both = [{"Key": "InstanceIds", "Values": list(made)}, {"Key": "tag:a", "Values": ["b"]}]
    assert refused(describe, Filters=both) == "InvalidInstanceInformationFilterValue"


@pytest.mark.fidelity(
    "A document that does not exist is InvalidDocument", source="Systems Manager API reference, SendCommand"
)
def test_an_unknown_document_is_refused(aws, node, refused):
    call = {"InstanceIds": [node], "DocumentName": "nobodys", "Parameters": {"commands": ["true"]}}
    assert refused(aws.ssm.send_command, **call) == "InvalidDocument"


@pytest.mark.fidelity(
    "Documents of AWS's are carried out by the instance's agent",
    source="Systems Manager user guide, Run Command",
    differs="AWS-RunShellScript with the lab's own probe is, any other document fails: there is no agent",
)
def test_other_documents_fail(aws, node):
    aws.runner = lambda *_: (0, "never", "")
    answer = aws.ssm.send_command(InstanceIds=[node], DocumentName="AWS-UpdateSSMAgent")
    aws.wait(1)
    seen = outcome(aws, answer["Command"]["CommandId"], node)
    assert (seen["Status"], seen["StandardOutputContent"]) == ("Failed", "")


@pytest.mark.fidelity(
    "Cancelling a command that never was is InvalidCommandId", source="Systems Manager API reference, CancelCommand"
)
def test_cancelling_an_unknown_command_is_refused(aws, refused):
    lost = "00000000-0000-0000-0000-000000000000"
    assert refused(aws.ssm.cancel_command, CommandId=lost) == "InvalidCommandId"


@pytest.mark.parametrize(
    "timeout", [["x"], [""], [], ["0"], ["-1"], ["1e3"], ["172801"], ["²"], ["1", "2"], ["9" * 5000]]
)
def test_a_timeout_that_the_document_does_not_allow_is_refused(aws, node, refused, timeout):
    parameters = {"commands": ["true"], "executionTimeout": timeout}
    names = {"InstanceIds": [node], "DocumentName": "AWS-RunShellScript", "Parameters": parameters}
    assert refused(aws.ssm.send_command, **names) == "InvalidParameters"


def test_the_longest_timeout_is_allowed(aws, node):
    parameters = {"commands": ["true"], "executionTimeout": ["172800"]}
    aws.ssm.send_command(InstanceIds=[node], DocumentName="AWS-RunShellScript", Parameters=parameters)
