"""States that take time, and addresses that things get with them."""

import ipaddress

import pytest
from botocore.exceptions import ClientError

from pltui.emulator.clock import Clock


def state(aws, instance):
    return aws.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]


@pytest.fixture
def public(aws):
    """A VPC with a gateway, a subnet and an Elastic IP."""
    vpc = aws.vpc()
    igw = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    return {"vpc": vpc, "subnet": aws.subnet(vpc), "eip": aws.ec2.allocate_address(Domain="vpc")["AllocationId"]}


@pytest.mark.fidelity(
    "An instance is pending, then running; stopping, then stopped; and pending again when it starts",
    source="EC2 user guide, instance lifecycle",
)
def test_an_instance_is_pending_running_stopping_stopped_and_running_again(aws):
    instance = aws.instance(aws.subnet(aws.vpc()))
    assert state(aws, instance) == "pending"
    aws.wait(30)
    assert state(aws, instance) == "running"
    aws.ec2.stop_instances(InstanceIds=[instance])
    assert state(aws, instance) == "stopping"
    aws.wait(40)
    assert state(aws, instance) == "stopped"
    aws.ec2.start_instances(InstanceIds=[instance])
    assert state(aws, instance) == "pending"
    aws.wait(30)
    assert state(aws, instance) == "running"


@pytest.mark.fidelity(
    "An instance that is stopped while pending ends up stopped",
    source="EC2 user guide, instance lifecycle",
)
def test_stopping_a_pending_instance_is_not_undone_by_its_start(aws):
    instance = aws.instance(aws.subnet(aws.vpc()))
    aws.wait(20)
    aws.ec2.stop_instances(InstanceIds=[instance])
    aws.wait(10)
    assert state(aws, instance) == "stopping"
    aws.wait(30)
    assert state(aws, instance) == "stopped"


@pytest.mark.fidelity(
    "A terminated instance is shutting-down, then terminated, and described for about an hour",
    source="EC2 user guide, terminate instances",
)
def test_a_terminated_instance_is_listed_for_an_hour(aws, refused):
    instance = aws.instance(aws.subnet(aws.vpc()))
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert state(aws, instance) == "shutting-down"
    aws.wait(45)
    assert state(aws, instance) == "terminated"
    assert refused(aws.ec2.start_instances, InstanceIds=[instance]) == "IncorrectInstanceState"
    aws.wait(3600)
    assert refused(aws.ec2.describe_instances, InstanceIds=[instance]) == "InvalidInstanceID.NotFound"


@pytest.mark.fidelity(
    "An instance has an interface in its subnet, with an address of the subnet and the instance's groups",
    source="EC2 user guide, primary network interface",
)
def test_an_instance_has_one_address_of_its_subnet_and_an_interface_with_its_groups(aws):
    vpc = aws.vpc()
    subnet, group = aws.subnet(vpc, 7), aws.group(vpc)
    ids = [aws.instance(subnet, SecurityGroupIds=[group]) for _ in range(3)]
    found = aws.interfaces(subnet_id=subnet)
    assert {i["Attachment"]["InstanceId"] for i in found} == set(ids)
    addresses = {i["PrivateIpAddress"] for i in found}
    assert len(addresses) == 3
    assert all(ipaddress.ip_address(a) in ipaddress.ip_network("10.0.7.0/24") for a in addresses)
    assert {g["GroupId"] for i in found for g in i["Groups"]} == {group}


@pytest.mark.fidelity(
    "A private address is held once (InvalidIPAddress.InUse), and the first four and the last of a subnet are AWS's",
    source="EC2 API reference, error codes; VPC user guide, subnet CIDR blocks",
)
def test_an_address_is_held_once_and_lies_in_its_subnet(aws, refused):
    subnet = aws.subnet(aws.vpc())
    aws.instance(subnet, PrivateIpAddress="10.0.0.10")
    create = aws.ec2.create_network_interface
    assert refused(create, SubnetId=subnet, PrivateIpAddress="10.0.0.10") == "InvalidIPAddress.InUse"
    outside, reserved = "does not fall within the subnet's address range", "is in subnet's reserved address range"
    for address, wrong in (("10.0.0.3", reserved), ("10.0.0.255", reserved), ("10.0.1.9", outside)):
        with pytest.raises(ClientError, match=f"InvalidParameterValue.*Address {address} {wrong}"):
            create(SubnetId=subnet, PrivateIpAddress=address)


@pytest.mark.fidelity(
    "A subnet with no address left is InsufficientFreeAddressesInSubnet; a /28 has 11 to give",
    source="EC2 API reference, error codes",
)
def test_a_full_subnet_is_told(aws, refused):
    subnet = aws.ec2.create_subnet(VpcId=aws.vpc(), CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]
    given = {
        aws.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["PrivateIpAddress"] for _ in range(11)
    }
    assert given == {f"10.0.0.{n}" for n in range(4, 15)}
    code = refused(aws.ec2.create_network_interface, SubnetId=subnet)
    assert code == "InsufficientFreeAddressesInSubnet"


@pytest.mark.fidelity(
    "An image may be named by a parameter: resolve:ssm:…",
    source="EC2 API reference, RunInstances",
)
def test_an_image_may_be_named_by_a_parameter(aws):
    instance = aws.instance(aws.subnet(aws.vpc()))
    parameter = aws.ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    seen = aws.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert seen["ImageId"] == parameter["Parameter"]["Value"]


@pytest.mark.fidelity(
    "A NAT gateway is pending, then available; deleting, then deleted, and described for about an hour",
    source="VPC user guide, NAT gateways",
)
def test_a_nat_gateway_is_pending_available_deleting_deleted_and_listed_for_an_hour(aws, public, refused):
    create, ec2 = aws.ec2.create_nat_gateway, aws.ec2
    made = create(SubnetId=public["subnet"], AllocationId=public["eip"])["NatGateway"]
    nat = made["NatGatewayId"]

    def seen():
        return ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]

    assert (made["State"], seen()["State"]) == ("pending", "pending")
    aws.wait(90)
    assert seen()["State"] == "available"
    (interface,) = aws.interfaces(subnet_id=public["subnet"])
    assert interface["InterfaceType"] == "nat_gateway"
    assert seen()["NatGatewayAddresses"][0]["PrivateIp"] == interface["PrivateIpAddress"]
    assert refused(create, SubnetId=public["subnet"], AllocationId=public["eip"]) == "Resource.AlreadyAssociated"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert seen()["State"] == "deleting"
    aws.wait(60)
    assert (seen()["State"], aws.interfaces(subnet_id=public["subnet"])) == ("deleted", [])
    aws.wait(3600)
    assert refused(ec2.describe_nat_gateways, NatGatewayIds=[nat]) == "NatGatewayNotFound"


@pytest.mark.fidelity(
    "Deleting a NAT gateway leaves its routes, as blackhole",
    source="VPC user guide, NAT gateways",
)
def test_the_routes_of_a_deleted_nat_gateway_are_black_holes(aws, public):
    nat = aws.ec2.create_nat_gateway(SubnetId=public["subnet"], AllocationId=public["eip"])["NatGateway"]
    table = aws.ec2.create_route_table(VpcId=public["vpc"])["RouteTable"]["RouteTableId"]
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"])
    aws.ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert [route["State"] for route in seen["Routes"]] == ["active", "blackhole"]


@pytest.mark.fidelity(
    "NAT gateways are found by tag; DescribeTags spells their type natgateway",
    source="EC2 API reference, DescribeNatGateways and DescribeTags",
)
def test_nat_gateways_are_found_by_tag(aws, public):
    value = aws.name("nat")
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "lab", "Value": value}]}]
    nat = aws.ec2.create_nat_gateway(SubnetId=public["subnet"], AllocationId=public["eip"], TagSpecifications=tags)[
        "NatGateway"
    ]["NatGatewayId"]

    def found(lab):
        answer = aws.ec2.describe_nat_gateways(Filter=[{"Name": "tag:lab", "Values": [lab]}])
        return [item["NatGatewayId"] for item in answer["NatGateways"]]

    assert (found(value), found("another")) == ([nat], [])
    by_type = aws.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["natgateway"]}])["Tags"]
    ids = {tag["ResourceId"] for tag in by_type}
    by_id = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [*ids, "nat-0"]}])["Tags"]
    by_pattern = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": ["nat-*"]}])["Tags"]
    assert sorted(map(str, by_id)) == sorted(map(str, by_pattern)) == sorted(map(str, by_type))
    assert {"natgateway"} == {tag["ResourceType"] for tag in by_type}
    assert nat in [tag["ResourceId"] for tag in by_type]


def test_at_instant_speed_every_delay_is_over_but_nothing_is_forgotten(aws):
    instance = aws.instance(aws.subnet(aws.vpc()))
    aws.clock.set_speed(float("inf"))
    try:
        assert state(aws, instance) == "running"
        aws.ec2.terminate_instances(InstanceIds=[instance])
        assert state(aws, instance) == "terminated"
    finally:
        aws.clock.set_speed(1)


def test_lab_time_does_not_jump_when_its_speed_changes():
    real = [100.0]
    clock = Clock(60, now=lambda: real[0])
    real[0] += 2
    assert clock.now() == 120
    clock.set_speed(10)
    assert clock.now() == 120
    real[0] += 1
    assert (clock.now(), clock.remaining(150), clock.remaining(100)) == (130, 2.0, 0.0)
    clock.set_speed(float("inf"))
    before = clock.now()
    real[0] += 1
    assert clock.now() > before
    assert clock.has_elapsed(clock.now(), 1e9)
    assert clock.remaining(1e9) == 0
    with pytest.raises(ValueError, match="positive"):
        clock.set_speed(0)
