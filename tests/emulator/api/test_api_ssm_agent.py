"""The Systems Manager agent's first report: one that comes too early is followed by minutes of sleep."""

from itertools import pairwise

import pytest

from pltui.emulator.api import ssm_agent

POLICY = "AmazonSSMManagedInstanceCore"
RUNS = 30  # AWS seconds from RunInstances to `running`
AGENT = "aws/amazon-ssm-agent, core/app/credentialrefresher/credentialrefresher_deps.go"


@pytest.fixture
def place(aws):
    """A subnet whose route table leads nowhere yet, and the means to change that."""
    vpc = aws.vpc()
    gateway, public, subnet = aws.gateway(vpc), aws.subnet(vpc, 0), aws.subnet(vpc, 1)
    table, outside = aws.route_table(vpc, subnet), aws.route_table(vpc, public)
    aws.ec2.create_route(RouteTableId=outside, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    nat = aws.ec2.create_nat_gateway(SubnetId=public, AllocationId=aws.address())["NatGateway"]["NatGatewayId"]
    aws.wait(120)
    return {"vpc": vpc, "subnet": subnet, "table": table, "nat": nat}


def open_path(aws, place):
    aws.ec2.create_route(RouteTableId=place["table"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=place["nat"])


def ping(aws, instance):
    asked = [{"Key": "InstanceIds", "Values": [instance]}]
    rows = aws.ssm.describe_instance_information(Filters=asked)["InstanceInformationList"]
    return rows[0]["PingStatus"] if rows else None


def machine(aws, place, profile):
    return aws.instance(place["subnet"], IamInstanceProfile={"Name": profile})


@pytest.mark.fidelity(
    "The Systems Manager agent tries for two minutes to report after its boot, so a path that opens meanwhile is found",
    source="aws/amazon-ssm-agent, agent/ssm/util/util.go: 4 tries; Go net/http: 30 s a connection",
)
def test_a_path_that_opens_within_two_minutes_of_the_boot_is_found(aws, place):
    instance = machine(aws, place, aws.profile(POLICY))
    aws.wait(RUNS + ssm_agent.BOOTS + 100)
    open_path(aws, place)
    aws.wait(60)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "An agent that found no path at its boot sleeps for five minutes, then for ten and more, before it tries again",
    source=AGENT,
)
def test_a_path_that_opens_later_is_found_after_a_sleep_of_minutes(aws, place):
    instance = machine(aws, place, aws.profile(POLICY))
    aws.wait(RUNS + ssm_agent.BOOTS + ssm_agent.GIVES_UP + 5)
    open_path(aws, place)
    aws.wait(270)
    assert ping(aws, instance) is None
    aws.wait(60)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "An agent whose role does not let it in sleeps for 25 to 30 minutes, whatever is attached meanwhile", source=AGENT
)
def test_a_policy_attached_late_is_noticed_after_half_an_hour(aws, place):
    open_path(aws, place)
    profile = aws.profile()
    instance = machine(aws, place, profile)
    aws.wait(120)
    aws.iam.attach_role_policy(RoleName=profile, PolicyArn=f"arn:aws:iam::aws:policy/{POLICY}")
    aws.wait(24 * 60)
    assert ping(aws, instance) is None
    aws.wait(6 * 60)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity("RebootInstances restarts the agent, which ends its sleep", source=AGENT)
def test_a_reboot_ends_the_sleep(aws, place):
    open_path(aws, place)
    profile = aws.profile()
    instance = machine(aws, place, profile)
    aws.wait(120)
    aws.iam.attach_role_policy(RoleName=profile, PolicyArn=f"arn:aws:iam::aws:policy/{POLICY}")
    aws.ec2.reboot_instances(InstanceIds=[instance])
    aws.wait(ssm_agent.REBOOTS + ssm_agent.BOOTS + ssm_agent.CONNECTS)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "A registered instance that is stopped stays listed as ConnectionLost and takes no command; started, it comes back",
    source="Systems Manager API reference, InstanceInformation",
)
def test_a_stopped_instance_is_connection_lost(aws, place, refused):
    open_path(aws, place)
    instance = machine(aws, place, aws.profile(POLICY))
    aws.wait(120)
    aws.ec2.stop_instances(InstanceIds=[instance])
    aws.wait(60)
    assert ping(aws, instance) == "ConnectionLost"
    call = {"InstanceIds": [instance], "DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
    assert refused(aws.ssm.send_command, **call) == "InvalidInstanceId"
    aws.ec2.start_instances(InstanceIds=[instance])
    aws.wait(45)
    assert ping(aws, instance) == "ConnectionLost"
    aws.wait(60)
    assert ping(aws, instance) == "Online"
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert ping(aws, instance) is None


def test_an_instant_sandbox_waits_for_no_agent(aws, place):
    aws.clock.set_speed(float("inf"))
    try:
        instance = machine(aws, place, aws.profile(POLICY))
        assert ping(aws, instance) is None
        open_path(aws, place)
        assert ping(aws, instance) == "Online"
    finally:
        aws.clock.set_speed(1.0)


def test_an_agent_that_slept_through_an_instant_time_goes_on_at_another_speed(aws, place):
    aws.clock.set_speed(float("inf"))
    try:
        instance = machine(aws, place, aws.profile(POLICY))
        assert ping(aws, instance) is None
    finally:
        aws.clock.set_speed(1.0)
    open_path(aws, place)
    assert ping(aws, instance) is None
    aws.wait(ssm_agent.CONNECTS)
    assert ping(aws, instance) == "Online"


@pytest.mark.fidelity(
    "An endpoint for ssm with private DNS replaces the path through a gateway, even if its group admits no traffic",
    source="PrivateLink guide, private DNS names",
)
def test_an_endpoint_that_admits_nobody_shuts_the_way_by_the_gateway(aws, place):
    open_path(aws, place)
    for flag in ("EnableDnsSupport", "EnableDnsHostnames"):
        aws.ec2.modify_vpc_attribute(VpcId=place["vpc"], **{flag: {"Value": True}})
    instance = machine(aws, place, aws.profile(POLICY))
    aws.wait(120)
    assert ping(aws, instance) == "Online"
    name = "com.amazonaws.ap-northeast-1.ssm"
    aws.endpoint(
        place["vpc"], name, place["subnet"], SecurityGroupIds=[aws.group(place["vpc"])], PrivateDnsEnabled=True
    )
    aws.wait(90)
    assert ping(aws, instance) == "ConnectionLost"


def test_the_sleeps_grow_to_an_hour():
    sleeps = [ssm_agent.sleep_after(failed) / 60 for failed in range(12)]
    assert sleeps == [5, *[9.5] * 3, *[19] * 3, *[38] * 3, *[57] * 2]
    assert all(one <= other for one, other in pairwise(sleeps))
