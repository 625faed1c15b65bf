"""What is edited or deleted with raw boto3 behind the lab's back shows in its plan, and one run mends it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from pltui.engine.model import Op
from pltui.spec import parse
from pltui.topology import Partition, instance_trust
from tests.resources.world import World

SPEC = """
version: 1
name: drifting
provider:
  vpc: {zones: 2}
  servers: {count: 2}
  load_balancer: {name: drifting-nlb, cross_zone: true}
consumers:
  consumer: {vpc: {zones: 1}}
"""

Meddle = Callable[[World], object]


@pytest.fixture(scope="module")
def world(moto_url: str) -> Iterator[World]:
    world = World(moto_url, "us-west-2", parse(SPEC))
    world.converge()
    yield world
    world.destroy()


def _edit_rules(world: World) -> None:
    group = {"GroupId": world.id("provider/service-security-group")}
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.128.0/20"}]}
    world.raw("ec2").authorize_security_group_ingress(**group, IpPermissions=[ssh])
    world.raw("ec2").revoke_security_group_ingress(**group, IpPermissions=[web])


def _close_the_way_out(world: World) -> None:
    every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = world.id("consumer/endpoint-security-group")
    world.raw("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[every])


def _point_record_elsewhere(world: World) -> None:
    name = {"Name": "provider-nlb.example.local", "Type": "A"}
    item = {**name, "TTL": 60, "ResourceRecords": [{"Value": "10.9.9.9"}]}
    world.raw("route53").change_resource_record_sets(
        HostedZoneId=world.id("consumer/zone"),
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": item}]},
    )


def _move_subnet(world: World) -> None:
    world.raw("ec2").replace_route_table_association(
        AssociationId=world.id("provider/private-subnet-1/route-table"),
        RouteTableId=world.id("provider/public-route-table"),
    )


def _swap_groups(world: World) -> None:
    endpoint, right = world.id("consumer/endpoint"), world.id("consumer/endpoint-security-group")
    wrong = world.id("consumer/instance-security-group")
    ec2 = world.raw("ec2")
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSecurityGroupIds=[wrong], RemoveSecurityGroupIds=[right])


def _empty_profile(world: World) -> None:
    world.raw("iam").remove_role_from_instance_profile(
        InstanceProfileName=world.id("consumer/instance-profile"), RoleName=world.id("consumer/role")
    )


def _rename(address: str) -> Meddle:
    return lambda world: world.raw("ec2").create_tags(
        Resources=[world.id(address)], Tags=[{"Key": "Name", "Value": "theirs"}]
    )


# One edit of each field that changes in place: address -> what was done to it.
EDITS: Mapping[str, Meddle] = {
    "provider/vpc": lambda world: world.raw("ec2").modify_vpc_attribute(
        VpcId=world.id("provider/vpc"), EnableDnsHostnames={"Value": False}
    ),
    "consumer/vpc": lambda world: world.raw("ec2").modify_vpc_attribute(
        VpcId=world.id("consumer/vpc"), EnableDnsSupport={"Value": False}
    ),
    **{
        address: _rename(address)
        for address in (
            "provider/public-subnet-1", "provider/internet-gateway", "provider/elastic-ip-1", "provider/nat-gateway-1",
            "provider/private-route-table-1", "provider/endpoint-service",
        )
    },
    "provider/service-security-group": _edit_rules,
    "consumer/endpoint-security-group": _close_the_way_out,
    "provider/public-route-table/0.0.0.0/0": lambda world: world.raw("ec2").replace_route(
        RouteTableId=world.id("provider/public-route-table"),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=world.id("provider/nat-gateway-1"),
    ),
    "provider/private-subnet-1/route-table": _move_subnet,
    "provider/server-1": lambda world: world.raw("ec2").stop_instances(InstanceIds=[world.id("provider/server-1")]),
    "provider/server-2": lambda world: world.raw("ec2").modify_instance_attribute(
        InstanceId=world.id("provider/server-2"),
        Groups=[world.raw("ec2").describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [world.id("provider/vpc")]},
                     {"Name": "group-name", "Values": ["default"]}]
        )["SecurityGroups"][0]["GroupId"]],
    ),
    "provider/load-balancer": lambda world: world.raw("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=world.id("provider/load-balancer"),
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}],
    ),
    "provider/load-balancer/listener": lambda world: world.raw("elbv2").modify_listener(
        ListenerArn=world.id("provider/load-balancer/listener"), Port=81
    ),
    "provider/target-group": lambda world: world.raw("elbv2").modify_target_group_attributes(
        TargetGroupArn=world.id("provider/target-group"),
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
    ),
    "consumer/endpoint": _swap_groups,
    "consumer/role": lambda world: world.raw("iam").update_assume_role_policy(
        RoleName=world.id("consumer/role"), PolicyDocument=instance_trust(Partition()).replace("ec2.", "lambda.")
    ),
    "consumer/instance-profile": _empty_profile,
    "consumer/zone": lambda world: world.raw("route53").update_hosted_zone_comment(
        Id=world.id("consumer/zone"), Comment="mine now"
    ),
    "consumer/zone/provider-nlb.example.local/A": _point_record_elsewhere,
}  # fmt: skip


def test_every_edit_shows_as_an_update_and_one_run_mends_them_all_in_place(world: World) -> None:
    assert world.plan() == []
    before = world.account()
    for meddle in EDITS.values():
        meddle(world)
    steps = {step.address: step.op for step in world.plan()}
    # The machine that was stopped serves nobody until it runs again.
    assert steps == {**dict.fromkeys(EDITS, Op.UPDATE), "provider/server-1/target": Op.WAIT}
    outcome = world.converge()
    assert (outcome.created, outcome.updated, outcome.deleted) == (0, len(EDITS), 0)
    assert world.plan() == []
    assert world.account() == before


def _tag_name(address: str) -> Meddle:
    return lambda world: world.raw("elbv2").add_tags(
        ResourceArns=[world.id(address)], Tags=[{"Key": "Name", "Value": "theirs"}]
    )


def _make_main(world: World) -> None:
    ec2 = world.raw("ec2")
    wanted = [
        {"Name": "vpc-id", "Values": [world.id("provider/vpc")]},
        {"Name": "association.main", "Values": ["true"]},
    ]
    [main] = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    [held] = [one["RouteTableAssociationId"] for one in main["Associations"] if one["Main"]]
    ec2.replace_route_table_association(AssociationId=held, RouteTableId=world.id("provider/public-route-table"))


def _evaluate_health(world: World) -> None:
    route53, zone = world.raw("route53"), world.id("consumer/zone")
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    [item] = [item for item in found if item["Type"] == "A"]
    item["AliasTarget"]["EvaluateTargetHealth"] = True
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": item}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


# What AWS sets by itself to what is wanted, so that only another hand changes it: (address, field) -> how.
BY_ANOTHER_HAND: Mapping[tuple[str, str], Meddle] = {
    ("provider/public-subnet-1", "map_public_ip"): lambda world: world.raw("ec2").modify_subnet_attribute(
        SubnetId=world.id("provider/public-subnet-1"), MapPublicIpOnLaunch={"Value": True}
    ),
    ("provider/public-route-table", "main"): _make_main,
    ("provider/load-balancer", "name_tag"): _tag_name("provider/load-balancer"),
    ("provider/target-group", "name_tag"): _tag_name("provider/target-group"),
    ("provider/target-group", "proxy_protocol"): lambda world: world.raw("elbv2").modify_target_group_attributes(
        TargetGroupArn=world.id("provider/target-group"),
        Attributes=[{"Key": "proxy_protocol_v2.enabled", "Value": "true"}],
    ),
    ("consumer/zone", "vpcs"): lambda world: world.raw("route53").associate_vpc_with_hosted_zone(
        HostedZoneId=world.id("consumer/zone"),
        VPC={"VPCRegion": world.region, "VPCId": world.id("provider/vpc")},
    ),
    ("consumer/zone/provider-nlb.example.local/A", "evaluate_health"): _evaluate_health,
}  # fmt: skip


def test_every_field_shows_what_another_hand_did_to_it_and_is_mended_in_place(world: World) -> None:
    assert world.plan() == []
    before = world.account()
    for meddle in BY_ANOTHER_HAND.values():
        meddle(world)
    assert {(step.address, change.field) for step in world.plan() for change in step.changes} == BY_ANOTHER_HAND.keys()
    outcome = world.converge()
    assert (outcome.created, outcome.deleted) == (0, 0)
    assert world.plan() == []
    assert world.account() == before


def test_an_instance_profile_that_another_hand_gives_a_server_is_left_to_it(world: World) -> None:
    """Systems Manager Quick Setup and scanners attach one to machines that have none."""
    world.plan()
    ec2, server = world.raw("ec2"), world.id("provider/server-1")
    theirs = {"Name": world.id("consumer/instance-profile")}
    held = ec2.associate_iam_instance_profile(InstanceId=server, IamInstanceProfile=theirs)
    assert world.plan() == []
    assert {item.address: item.spec["profile"] for item in world.observed if item.id == server} == {
        "provider/server-1": theirs["Name"]
    }
    ec2.disassociate_iam_instance_profile(AssociationId=held["IamInstanceProfileAssociation"]["AssociationId"])


def test_a_zone_moved_to_another_vpc_comes_back_in_place(world: World) -> None:
    """A zone keeps at least one VPC: what is missing comes first."""
    world.plan()
    route53, zone = world.raw("route53"), world.id("consumer/zone")
    ours, theirs = ({"VPCRegion": world.region, "VPCId": world.id(f"{side}/vpc")} for side in ("consumer", "provider"))
    route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=theirs)
    route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=ours)
    world.converge()
    assert world.plan() == []
    assert route53.get_hosted_zone(Id=zone)["VPCs"] == [ours]


@pytest.mark.slow
def test_a_protected_machine_and_a_main_route_table_go_with_their_lab(moto_url: str) -> None:
    """The table the VPC began with is gone: another has to be the main one when ours goes."""
    lab = World(moto_url, "us-west-1", parse(SPEC.replace("drifting", "guarded")))
    before = lab.account()
    lab.converge()
    lab.plan()
    ec2 = lab.raw("ec2")
    ec2.modify_instance_attribute(InstanceId=lab.id("provider/server-1"), DisableApiTermination={"Value": True})
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [lab.id("provider/vpc")]}])["RouteTables"]
    [first] = [table["RouteTableId"] for table in tables if any(one["Main"] for one in table["Associations"])]
    _make_main(lab)
    ec2.delete_route_table(RouteTableId=first)
    lab.destroy()
    assert lab.account() == before


def _delete(service: str, operation: str, address: str, **parameters: str) -> Meddle:
    """`parameters` name addresses whose ids are passed."""
    return lambda world: getattr(world.raw(service), operation)(
        **{key: world.id(value) for key, value in parameters.items()}
    )


# What can go by itself: address -> how.
DELETIONS: Mapping[str, Meddle] = {
    "provider/public-route-table/0.0.0.0/0": lambda world: world.raw("ec2").delete_route(
        RouteTableId=world.id("provider/public-route-table"), DestinationCidrBlock="0.0.0.0/0"
    ),
    "provider/public-subnet-2/route-table": lambda world: world.raw("ec2").disassociate_route_table(
        AssociationId=world.id("provider/public-subnet-2/route-table")
    ),
    "provider/server-2/target": lambda world: world.raw("elbv2").deregister_targets(
        TargetGroupArn=world.id("provider/target-group"), Targets=[{"Id": world.id("provider/server-2"), "Port": 80}]
    ),
    "provider/load-balancer/listener": lambda world: world.raw("elbv2").delete_listener(
        ListenerArn=world.id("provider/load-balancer/listener")
    ),
    "consumer/client": lambda world: world.raw("ec2").terminate_instances(InstanceIds=[world.id("consumer/client")]),
    "consumer/endpoint": lambda world: world.raw("ec2").delete_vpc_endpoints(
        VpcEndpointIds=[world.id("consumer/endpoint")]
    ),
    "consumer/role/AmazonSSMManagedInstanceCore": lambda world: world.raw("iam").detach_role_policy(
        RoleName=world.id("consumer/role"), PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    ),
}


def one_of_each(world: World) -> None:
    assert world.plan() == []
    assert Counter(item.address for item in world.observed) == Counter(desired.address for desired in world.all_desired)


def test_every_deletion_shows_as_missing_and_one_run_makes_each_again_once(world: World) -> None:
    world.plan()
    for meddle in DELETIONS.values():
        meddle(world)
    steps = {step.address: step.op for step in world.plan()}
    # The record still names the endpoint that went: it is pointed to the new one.
    record = "consumer/zone/provider-nlb.example.local/A"
    assert steps == {**dict.fromkeys(DELETIONS, Op.CREATE), record: Op.UPDATE}
    world.converge()
    one_of_each(world)


# Moto keeps an Elastic IP mapped to a NAT gateway that is gone, so that one cannot be tried here.
# What takes others along when it is made anew: address -> (how it goes, what must be replaced for it).
REPLACED: Mapping[str, tuple[Meddle, set[str]]] = {
    "provider/server-1": (
        lambda world: world.raw("ec2").terminate_instances(InstanceIds=[world.id("provider/server-1")]),
        {"provider/server-1/target"},
    ),
    "provider/load-balancer": (
        lambda world: world.raw("elbv2").delete_load_balancer(LoadBalancerArn=world.id("provider/load-balancer")),
        {"provider/endpoint-service", "consumer/endpoint", "provider/load-balancer/listener"},
    ),
}


@pytest.mark.parametrize("address", REPLACED)
@pytest.mark.slow
def test_what_others_hang_on_is_made_again_with_them(world: World, address: str) -> None:
    world.plan()
    meddle, along = REPLACED[address]
    ids = {one: world.id(one) for one in {address, *along} if not one.endswith("target")}
    meddle(world)
    assert {address, *along} & {step.address for step in world.plan()}
    world.converge()
    one_of_each(world)
    assert not [one for one, id_ in ids.items() if world.id(one) == id_]


# A field no call can change: the resource is made anew, with all that hangs on it.
@pytest.mark.slow
def test_a_server_whose_user_data_is_to_differ_is_replaced(world: World, moto_url: str) -> None:
    other = World(
        moto_url, world.region, parse(SPEC.replace("{count: 2}", '{count: 2, greeting: "Hi from Subnet {subnet}"}'))
    )
    ids = {world.id(f"provider/server-{n}") for n in (1, 2)}
    other.converge()
    one_of_each(other)
    assert not ids & {item.id for item in other.observed}
    world.converge()
    one_of_each(world)


@pytest.mark.slow
def test_a_stray_of_ours_goes_and_what_is_anothers_stays(world: World) -> None:
    ec2 = world.raw("ec2")
    before = world.account()

    def group(name: str, lab: str) -> str:
        tags = [{"Key": "pltui:lab", "Value": lab}, {"Key": "pltui:address", "Value": f"provider/{name}"}]
        answer = ec2.create_security_group(
            GroupName=name, Description=name, VpcId=world.id("provider/vpc"),
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )  # fmt: skip
        return str(answer["GroupId"])

    stray, theirs = group("stray", "drifting"), group("theirs", "drifting-2")
    assert [(step.op, step.observed and step.observed.id) for step in world.plan()] == [(Op.DELETE, stray)]
    world.converge()
    assert world.account()["groups"] == sorted([*before["groups"], theirs])
    ec2.delete_security_group(GroupId=theirs)


@pytest.mark.parametrize("address", ["provider/vpc", "provider/elastic-ip-1", "provider/internet-gateway"])
def test_a_duplicate_from_a_lost_answer_goes_and_the_one_in_use_stays(world: World, address: str) -> None:
    """A create of these that no token guards: the answer to a first try was lost, and it was made after all."""
    ec2 = world.raw("ec2")
    kept = world.id(address)
    kind = {"vpc": "vpc", "elastic-ip-1": "elastic-ip", "internet-gateway": "internet-gateway"}[address[9:]]
    pairs = {"Name": next(w.name for w in world.all_desired if w.address == address), "pltui:lab": "drifting"}
    tags = [{"Key": k, "Value": v} for k, v in {**pairs, "pltui:address": address}.items()]
    specification = [{"ResourceType": kind, "Tags": tags}]
    match kind:
        case "vpc":
            ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification)
        case "elastic-ip":
            ec2.allocate_address(Domain="vpc", TagSpecifications=specification)
        case _:
            ec2.create_internet_gateway(TagSpecifications=specification)
    [step] = [step for step in world.plan() if step.op is Op.DELETE]
    assert step.why == f"duplicate: {kept} is kept"
    world.converge()
    one_of_each(world)
    assert world.id(address) == kept
