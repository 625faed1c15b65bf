"""Network load balancers, target groups and the health of targets."""

import ipaddress
import re

import pytest

CROSS_ZONE = "load_balancing.cross_zone.enabled"


def health(aws, group):
    answer = aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [(h["TargetHealth"]["State"], h["TargetHealth"].get("Reason")) for h in answer]


@pytest.fixture
def served(aws, provider):
    """A running instance, in zone a, registered behind the provider's listener."""
    group = aws.target_group(provider["vpc"])
    instance = aws.instance(provider["subnets"][0])
    aws.wait(30)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    return {"group": group, "instance": instance, "listener": aws.listener(provider["balancer"], group)}


def test_a_network_load_balancer_has_names_of_its_kind(aws, provider):
    """NLB guide; elbv2 API reference, LoadBalancer."""
    (seen,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[provider["balancer"]])["LoadBalancers"]
    name, digits = re.fullmatch(r".*:loadbalancer/net/([\w-]+)/([0-9a-f]{16})", seen["LoadBalancerArn"]).groups()
    assert name == seen["LoadBalancerName"]
    assert seen["DNSName"] == f"{name}-{digits}.elb.ap-northeast-1.amazonaws.com"
    assert seen["CanonicalHostedZoneId"] == "Z31USIVHYNEOWT"


def test_it_is_provisioning_before_it_is_active(aws):
    """elbv2 API reference, LoadBalancerState; looking at it does not hurry it."""
    made = aws.elbv2.create_load_balancer(Name=aws.name("nlb"), Subnets=[aws.subnet(aws.vpc())], Type="network")
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]

    def state():
        return aws.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["State"]["Code"]

    assert (made["LoadBalancers"][0]["State"]["Code"], state(), state()) == ("provisioning",) * 3
    aws.wait(120)
    assert state() == "active"


def test_it_has_a_node_in_each_zone(aws, provider):
    """NLB guide: one interface per enabled zone, owned by amazon-aws."""
    suffix = provider["balancer"].split("loadbalancer/")[1]
    found = aws.interfaces(description=f"ELB {suffix}")
    assert sorted(i["SubnetId"] for i in found) == sorted(provider["subnets"])
    for interface in found:
        assert interface["InterfaceType"] == "network_load_balancer"
        assert interface["RequesterManaged"] is True
        assert interface["Attachment"]["InstanceOwnerId"] == "amazon-aws"
        assert interface["Groups"] == []
        (subnet,) = aws.ec2.describe_subnets(SubnetIds=[interface["SubnetId"]])["Subnets"]
        assert ipaddress.ip_address(interface["PrivateIpAddress"]) in ipaddress.ip_network(subnet["CidrBlock"])


def test_the_same_create_again_gives_the_existing_one(aws, refused):
    """elbv2 API reference: identical is idempotent, other settings or tags are a duplicate name."""
    vpc, name = aws.vpc(), aws.name("same")
    subnet = aws.subnet(vpc)
    first = aws.balancer(subnet, Name=name)
    assert aws.balancer(subnet, Name=name) == first
    tags = [{"Key": "a", "Value": "b"}]
    code = refused(
        aws.elbv2.create_load_balancer, Name=name, Subnets=[subnet], Type="network", Scheme="internal", Tags=tags
    )
    assert code == "DuplicateLoadBalancerName"
    group = aws.target_group(vpc, Name=name)
    assert aws.target_group(vpc, Name=name) == group
    assert refused(aws.target_group, vpc=vpc, Name=name, Tags=tags) == "DuplicateTargetGroupName"


def test_two_listeners_cannot_share_a_port(aws, provider, served, refused):
    """elbv2 API reference, CreateListener: DuplicateListener."""
    assert refused(aws.listener, balancer=provider["balancer"], group=served["group"]) == "DuplicateListener"


def test_fresh_attributes_leave_cross_zone_to_the_load_balancer_which_has_it_off(aws, provider):
    """elbv2 API reference, LoadBalancerAttribute and TargetGroupAttribute."""
    of_balancer = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=provider["balancer"])["Attributes"]
    group = aws.target_group(provider["vpc"])
    of_group = aws.elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    assert {a["Key"]: a["Value"] for a in of_balancer}[CROSS_ZONE] == "false"
    assert {a["Key"]: a["Value"] for a in of_group}[CROSS_ZONE] == "use_load_balancer_configuration"


def test_a_protected_load_balancer_cannot_be_deleted(aws, refused):
    """elbv2 API reference, DeleteLoadBalancer: OperationNotPermitted."""
    arn = aws.balancer(aws.subnet(aws.vpc()))
    protect = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protect)
    assert refused(aws.elbv2.delete_load_balancer, LoadBalancerArn=arn) == "OperationNotPermitted"


def test_a_load_balancer_behind_a_service_cannot_be_deleted(aws, provider, refused):
    """Seen: ResourceInUse "… currently associated with another service"."""
    delete, arn = aws.elbv2.delete_load_balancer, provider["balancer"]
    assert refused(delete, LoadBalancerArn=arn) == "ResourceInUse"
    aws.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[provider["service"]["ServiceId"]])
    delete(LoadBalancerArn=arn)


def test_deleting_an_unknown_load_balancer_succeeds(aws, provider):
    """elbv2 API reference, DeleteLoadBalancer."""
    aws.elbv2.delete_load_balancer(LoadBalancerArn=provider["balancer"][:-4] + "0000")


def test_nodes_outlive_their_load_balancer_a_while(aws, refused):
    """Seen: subnets stay held for minutes after the load balancer is gone."""
    subnet = aws.subnet(aws.vpc())
    aws.elbv2.delete_load_balancer(LoadBalancerArn=aws.balancer(subnet))
    assert refused(aws.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    aws.wait(60)
    aws.ec2.delete_subnet(SubnetId=subnet)


def test_zones_can_be_enabled_and_disabled_unless_an_endpoint_is_attached(aws, provider, consumer, refused):
    """NLB guide, availability zones; seen: ResourceInUse "Subnets cannot be removed …"."""
    a, c = provider["subnets"]
    d = aws.subnet(provider["vpc"], 2, "d")
    aws.elbv2.set_subnets(LoadBalancerArn=provider["balancer"], Subnets=[a, d])
    assert aws.interfaces(subnet_id=d)
    aws.wait(60)
    assert not aws.interfaces(subnet_id=c)
    (service,) = aws.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[provider["service"]["ServiceId"]])[
        "ServiceConfigurations"
    ]
    assert service["AvailabilityZones"] == ["ap-northeast-1a", "ap-northeast-1d"]
    aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    code = refused(aws.elbv2.set_subnets, LoadBalancerArn=provider["balancer"], Subnets=[a])
    assert code == "ResourceInUse"


def test_a_load_balancer_born_without_groups_never_gets_any(aws, provider, refused):
    """NLB guide, security groups."""
    group = aws.group(provider["vpc"])
    code = refused(aws.elbv2.set_security_groups, LoadBalancerArn=provider["balancer"], SecurityGroups=[group])
    assert code == "InvalidConfigurationRequest"


def test_targets_of_a_group_on_no_listener_are_unused(aws, provider):
    """elbv2 API reference, TargetHealth: Target.NotInUse."""
    group, instance = aws.target_group(provider["vpc"]), aws.instance(provider["subnets"][0])
    aws.wait(30)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    assert health(aws, group) == [("unused", "Target.NotInUse")]


def test_targets_in_a_zone_not_enabled_are_unused(aws, provider, served):
    """NLB guide: an enabled listener does not help a target in another zone."""
    far = aws.instance(aws.subnet(provider["vpc"], 2, "d"))
    aws.wait(30)
    aws.elbv2.register_targets(TargetGroupArn=served["group"], Targets=[{"Id": far}])
    aws.wait(600)
    assert health(aws, served["group"]) == [
        ("initial", "Elb.InitialHealthChecking"),
        ("unused", "Target.NotInUse"),
    ]


def test_a_fresh_target_is_registered_then_checked_then_what_the_checks_say(aws, served):
    """elbv2 API reference, TargetHealth: the initial reasons; a healthy target has none."""
    group, instance = served["group"], served["instance"]
    assert health(aws, group) == [("initial", "Elb.RegistrationInProgress")]
    aws.wait(60)
    assert health(aws, group) == [("initial", "Elb.InitialHealthChecking")]
    aws.health.set(group, instance, 80, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    assert health(aws, group) == [("unhealthy", "Target.FailedHealthChecks")]
    aws.health.set(group, instance, 80, "healthy", None, None)
    (row,) = aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert row["TargetHealth"] == {"State": "healthy"}


def test_a_stopped_instance_is_an_unused_target(aws, served):
    """elbv2 API reference, TargetHealth: Target.InvalidState."""
    aws.wait(60)
    aws.health.set(served["group"], served["instance"], 80, "healthy", None, None)
    aws.ec2.stop_instances(InstanceIds=[served["instance"]])
    aws.wait(40)
    assert health(aws, served["group"]) == [("unused", "Target.InvalidState")]


def test_a_deregistered_target_drains_for_the_groups_delay(aws, served):
    """elbv2 API reference, TargetGroupAttribute, deregistration_delay.timeout_seconds."""
    group = served["group"]
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": served["instance"]}])
    assert health(aws, group) == [("draining", "Target.DeregistrationInProgress")]
    aws.wait(20)
    assert health(aws, group) == []


def test_only_running_instances_can_be_registered(aws, provider, refused):
    """elbv2 API reference, RegisterTargets: InvalidTarget."""
    group, instance = aws.target_group(provider["vpc"]), aws.instance(provider["subnets"][0])
    aws.wait(30)
    aws.ec2.stop_instances(InstanceIds=[instance])
    register = aws.elbv2.register_targets
    for target in (instance, "i-00000000000000000"):
        assert refused(register, TargetGroupArn=group, Targets=[{"Id": target}]) == "InvalidTarget"


def test_a_target_group_on_a_listener_cannot_be_deleted(aws, served, refused):
    """elbv2 API reference, DeleteTargetGroup: ResourceInUse."""
    assert refused(aws.elbv2.delete_target_group, TargetGroupArn=served["group"]) == "ResourceInUse"
    aws.elbv2.delete_listener(ListenerArn=served["listener"])
    aws.elbv2.delete_target_group(TargetGroupArn=served["group"])
