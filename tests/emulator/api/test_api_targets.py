"""Target groups and the health of targets."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

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


@pytest.mark.fidelity(
    "Targets of a group on no listener are unused, Target.NotInUse",
    source="elbv2 API reference, TargetHealth",
)
def test_targets_of_a_group_on_no_listener_are_unused(aws, provider):
    group, instance = aws.target_group(provider["vpc"]), aws.instance(provider["subnets"][0])
    aws.wait(30)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    assert health(aws, group) == [("unused", "Target.NotInUse")]


@pytest.mark.fidelity(
    "Targets in a zone that the load balancer has not enabled are unused, Target.NotInUse",
    source="elbv2 API reference, TargetHealth",
)
def test_targets_in_a_zone_not_enabled_are_unused(aws, provider, served):
    far = aws.instance(aws.subnet(provider["vpc"], 2, "d"))
    aws.wait(30)
    aws.elbv2.register_targets(TargetGroupArn=served["group"], Targets=[{"Id": far}])
    aws.wait(600)
    assert health(aws, served["group"]) == [
        ("initial", "Elb.InitialHealthChecking"),
        ("unused", "Target.NotInUse"),
    ]


@pytest.mark.fidelity(
    "A fresh target is initial, Elb.RegistrationInProgress, then Elb.InitialHealthChecking; a healthy one has no "
    "reason",
    source="elbv2 API reference, TargetHealth",
)
def test_a_fresh_target_is_registered_then_checked_then_what_the_checks_say(aws, served):
    group, instance = served["group"], served["instance"]
    assert health(aws, group) == [("initial", "Elb.RegistrationInProgress")]
    aws.wait(60)
    assert health(aws, group) == [("initial", "Elb.InitialHealthChecking")]
    aws.health.set(group, instance, 80, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    assert health(aws, group) == [("unhealthy", "Target.FailedHealthChecks")]
    aws.health.set(group, instance, 80, "healthy", None, None)
    (row,) = aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert row["TargetHealth"] == {"State": "healthy"}


@pytest.mark.fidelity(
    "A stopped instance is an unused target, Target.InvalidState",
    source="elbv2 API reference, TargetHealth",
)
def test_a_stopped_instance_is_an_unused_target(aws, served):
    aws.wait(60)
    aws.health.set(served["group"], served["instance"], 80, "healthy", None, None)
    aws.ec2.stop_instances(InstanceIds=[served["instance"]])
    aws.wait(40)
    assert health(aws, served["group"]) == [("unused", "Target.InvalidState")]


@pytest.mark.fidelity(
    "A deregistered target is draining for the group's deregistration delay, then gone",
    source="elbv2 API reference, TargetGroupAttribute",
)
def test_a_deregistered_target_drains_for_the_groups_delay(aws, served):
    group = served["group"]
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": served["instance"]}])
    assert health(aws, group) == [("draining", "Target.DeregistrationInProgress")]
    aws.wait(20)
    assert health(aws, group) == []


@pytest.mark.fidelity(
    "Only instances that run can be registered: InvalidTarget",
    source="elbv2 API reference, RegisterTargets",
)
def test_only_running_instances_can_be_registered(aws, provider, refused):
    group, instance = aws.target_group(provider["vpc"]), aws.instance(provider["subnets"][0])
    aws.wait(30)
    aws.ec2.stop_instances(InstanceIds=[instance])
    register = aws.elbv2.register_targets
    for target in (instance, "i-00000000000000000"):
        assert refused(register, TargetGroupArn=group, Targets=[{"Id": target}]) == "InvalidTarget"


@pytest.mark.fidelity(
    "A target group on a listener cannot be deleted: ResourceInUse",
    source="elbv2 API reference, DeleteTargetGroup",
)
def test_a_target_group_on_a_listener_cannot_be_deleted(aws, served, refused):
    assert refused(aws.elbv2.delete_target_group, TargetGroupArn=served["group"]) == "ResourceInUse"
    aws.elbv2.delete_listener(ListenerArn=served["listener"])
    aws.elbv2.delete_target_group(TargetGroupArn=served["group"])


@pytest.mark.fidelity(
    "One instance on two ports is two targets, registered, checked and drained each on its own",
    source="elbv2 API reference, TargetDescription",
)
def test_one_instance_on_two_ports_is_two_targets(aws, served):
    group, instance = served["group"], served["instance"]
    second = [{"Id": instance, "Port": 8080}]
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=second)
    aws.wait(60)
    aws.health.set(group, instance, 80, "healthy", None, None)
    aws.health.set(group, instance, 8080, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    answer = aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {(h["Target"]["Port"], h["TargetHealth"]["State"]) for h in answer} == {(80, "healthy"), (8080, "unhealthy")}
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=second)
    assert [state for state, _ in health(aws, group)] == ["healthy", "draining"]


@pytest.mark.fidelity(
    "Registering a target again changes nothing; deregistering one that is not registered does no harm",
    source="elbv2 API reference, RegisterTargets and DeregisterTargets",
)
def test_registering_twice_and_deregistering_nobody_changes_nothing(aws, served):
    group, instance = served["group"], served["instance"]
    aws.wait(60)
    aws.health.set(group, instance, 80, "healthy", None, None)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "i-00000000000000000"}])
    assert health(aws, group) == [("healthy", None)]


@pytest.mark.fidelity(
    "What is asked for and not registered is unused, Target.NotRegistered", source="elbv2 API reference, TargetHealth"
)
def test_what_is_not_registered_is_unused(aws, served):
    asked = [{"Id": served["instance"], "Port": 81}]
    (row,) = aws.elbv2.describe_target_health(TargetGroupArn=served["group"], Targets=asked)["TargetHealthDescriptions"]
    assert (row["TargetHealth"]["State"], row["TargetHealth"]["Reason"]) == ("unused", "Target.NotRegistered")


@pytest.mark.fidelity(
    "An instance of another VPC cannot be registered: InvalidTarget", source="elbv2 API reference, RegisterTargets"
)
def test_targets_are_of_the_groups_vpc(aws, provider, refused):
    stranger = aws.instance(aws.subnet(aws.vpc()))
    group = aws.target_group(provider["vpc"])
    aws.wait(30)
    call = {"TargetGroupArn": group, "Targets": [{"Id": stranger}]}
    assert refused(aws.elbv2.register_targets, **call) == "InvalidTarget"


@pytest.mark.fidelity(
    "A terminated instance leaves its target groups after a while", source="NLB user guide, target groups"
)
def test_a_terminated_instance_is_deregistered(aws, served):
    aws.ec2.terminate_instances(InstanceIds=[served["instance"]])
    aws.wait(45)
    assert health(aws, served["group"]) == [("unused", "Target.InvalidState")]
    aws.wait(300)
    assert health(aws, served["group"]) == [("draining", "Target.DeregistrationInProgress")]


@pytest.mark.parametrize(
    "setting",
    [
        {"HealthCheckIntervalSeconds": 301},
        {"HealthCheckIntervalSeconds": 4},
        {"HealthCheckTimeoutSeconds": 121, "HealthCheckIntervalSeconds": 300},
        {"HealthyThresholdCount": 11},
        {"UnhealthyThresholdCount": 1},
    ],
)
@pytest.mark.fidelity(
    "Health checks: every 5 to 300 seconds, within 2 to 120, thresholds 2 to 10; else ValidationError",
    source="elbv2 API reference, CreateTargetGroup",
)
def test_health_checks_have_limits(aws, setting):
    client = boto3.client(
        "elbv2",
        endpoint_url=aws.url,
        region_name="ap-northeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    vpc = aws.vpc()
    create = {"Name": aws.name("targets"), "Protocol": "TCP", "Port": 80, "VpcId": vpc}
    for call, arguments in (
        (client.create_target_group, create),
        (client.modify_target_group, {"TargetGroupArn": aws.target_group(vpc)}),
    ):
        with pytest.raises(ClientError) as caught:
            call(**arguments, **setting)
        assert caught.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.fidelity(
    "A matcher is for HTTP health checks, and a TCP group may have those",
    source="elbv2 API reference, CreateTargetGroup, Matcher",
)
def test_a_matcher_is_for_http(aws, refused):
    vpc, matcher = aws.vpc(), {"HttpCode": "200-399"}
    assert refused(aws.target_group, vpc=vpc, Matcher=matcher) == "InvalidConfigurationRequest"
    group = aws.target_group(vpc, Matcher=matcher, HealthCheckProtocol="HTTP", HealthCheckPath="/up")
    (seen,) = aws.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert (seen["Matcher"], seen["HealthCheckProtocol"], seen["HealthCheckPath"]) == (matcher, "HTTP", "/up")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Name": "-name"}, "Value '-name' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy"),
        ({"Name": "example.com"}, "can only contain characters that are alphanumeric characters or hyphens(-)"),
        ({"Name": "a" * 33}, f"Target group name '{'a' * 33}' cannot be longer than '32' characters"),
        ({"HealthCheckProtocol": "/HTTP", "Matcher": {"HttpCode": "200"}}, "Value '/HTTP' at 'healthCheckProtocol'"),
    ],
)
@pytest.mark.fidelity(
    "A target group's name has at most 32 letters, digits and hyphens, none at either end, and its health checks are "
    "of a protocol there is: else ValidationError that says which value it is about",
    source="elbv2 API reference, CreateTargetGroup; seen: kubernetes-sigs/aws-load-balancer-controller#4014",
)
def test_a_wrong_value_is_named(aws, given, words):
    with pytest.raises(ClientError) as caught:
        aws.target_group(aws.vpc(), **given)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert words in error["Message"]


@pytest.mark.fidelity(
    "Health checks of instances cannot be turned off: InvalidConfigurationRequest",
    source="elbv2 API reference, CreateTargetGroup, HealthCheckEnabled",
)
def test_health_checks_of_instances_stay_on(aws, refused):
    call = {"vpc": aws.vpc(), "HealthCheckEnabled": False}
    assert refused(aws.target_group, **call) == "InvalidConfigurationRequest"


@pytest.mark.fidelity(
    "A fresh TCP target group keeps the client's address, sends no proxy protocol, drains for 300 s, fails over from "
    "one healthy target, and ends connections to unhealthy targets",
    source="elbv2 API reference, TargetGroupAttribute",
)
def test_what_a_target_group_begins_with(aws):
    answer = aws.elbv2.describe_target_group_attributes(TargetGroupArn=aws.target_group(aws.vpc()))
    health_of = "target_group_health"
    assert {each["Key"]: each["Value"] for each in answer["Attributes"]} == {
        CROSS_ZONE: "use_load_balancer_configuration",
        "deregistration_delay.connection_termination.enabled": "false",
        "deregistration_delay.timeout_seconds": "300",
        "preserve_client_ip.enabled": "true",
        "proxy_protocol_v2.enabled": "false",
        "stickiness.enabled": "false",
        "stickiness.type": "source_ip",
        f"{health_of}.dns_failover.minimum_healthy_targets.count": "1",
        f"{health_of}.dns_failover.minimum_healthy_targets.percentage": "off",
        f"{health_of}.unhealthy_state_routing.minimum_healthy_targets.count": "1",
        f"{health_of}.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
        "target_health_state.unhealthy.connection_termination.enabled": "true",
        "target_health_state.unhealthy.draining_interval_seconds": "0",
    }


@pytest.mark.fidelity(
    "A target group of addresses does not keep the client's address by default",
    source="elbv2 API reference, TargetGroupAttribute, preserve_client_ip.enabled",
)
def test_addresses_do_not_see_the_client_by_default(aws):
    group = aws.target_group(aws.vpc(), TargetType="ip")
    answer = aws.elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    assert {each["Key"]: each["Value"] for each in answer}["preserve_client_ip.enabled"] == "false"


@pytest.mark.parametrize("value", ["true", "false", "use_load_balancer_configuration"])
@pytest.mark.fidelity(
    "A target group may have cross-zone load balancing on, off, or as its load balancer has it",
    source="elbv2 API reference, TargetGroupAttribute",
)
def test_cross_zone_of_a_group_has_three_values(aws, value):
    group, attributes = aws.target_group(aws.vpc()), [{"Key": CROSS_ZONE, "Value": value}]
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
    answer = aws.elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    assert {each["Key"]: each["Value"] for each in answer}[CROSS_ZONE] == value


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("nonsense", "true", "InvalidConfigurationRequest"),
        (CROSS_ZONE, "perhaps", "ValidationError"),
        ("deregistration_delay.timeout_seconds", "3601", "ValidationError"),
        ("preserve_client_ip.enabled", "yes", "ValidationError"),
    ],
)
@pytest.mark.fidelity(
    "An unknown attribute is refused, and so is a value out of range",
    source="elbv2 API reference, ModifyTargetGroupAttributes",
)
def test_unknown_attributes_are_refused(aws, refused, key, value, code):
    group, attributes = aws.target_group(aws.vpc()), [{"Key": key, "Value": value}]
    call = {"TargetGroupArn": group, "Attributes": attributes}
    assert refused(aws.elbv2.modify_target_group_attributes, **call) == code


@pytest.mark.fidelity(
    "An address is a target like an instance: unused in a zone not enabled, and Target.IpUnusable if it is a load "
    "balancer's own",
    source="elbv2 API reference, TargetHealth",
)
def test_addresses_are_targets_too(aws, provider):
    group, create = aws.target_group(provider["vpc"], TargetType="ip"), aws.ec2.create_network_interface
    aws.listener(provider["balancer"], group)
    near, far = provider["subnets"][0], aws.subnet(provider["vpc"], 2, "d")
    own = aws.interfaces(subnet_id=near)[0]["PrivateIpAddress"]
    addresses = [create(SubnetId=each)["NetworkInterface"]["PrivateIpAddress"] for each in (near, far)] + [own]
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": each} for each in addresses])
    assert health(aws, group) == [
        ("initial", "Elb.RegistrationInProgress"),
        ("unused", "Target.NotInUse"),
        ("unused", "Target.IpUnusable"),
    ]


@pytest.mark.fidelity(
    "A target of a function, which is not checked unless asked for, is unavailable, Target.HealthCheckDisabled",
    source="elbv2 API reference, TargetHealth",
)
def test_what_is_not_checked_is_unavailable(aws):
    vpc = aws.vpc()
    answer = aws.elbv2.create_load_balancer(
        Name=aws.name("alb"), Subnets=[aws.subnet(vpc), aws.subnet(vpc, 1, "c")], Scheme="internal"
    )
    group = aws.elbv2.create_target_group(Name=aws.name("function"), TargetType="lambda")["TargetGroups"][0]
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
    balancer = answer["LoadBalancers"][0]["LoadBalancerArn"]
    aws.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    function = [{"Id": "arn:aws:lambda:ap-northeast-1:123456789012:function:f"}]
    aws.elbv2.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=function)
    assert health(aws, group["TargetGroupArn"]) == [("unavailable", "Target.HealthCheckDisabled")]


@pytest.mark.fidelity(
    "An application load balancer checks its targets, and they are healthy if they answer as they should",
    source="Application Load Balancer user guide, health checks",
    differs="they are healthy once registered: nothing goes through application load balancers, not even checks",
)
def test_targets_of_an_application_load_balancer_are_taken_for_healthy(aws):
    vpc = aws.vpc()
    subnets = [aws.subnet(vpc), aws.subnet(vpc, 1, "c")]
    answer = aws.elbv2.create_load_balancer(Name=aws.name("alb"), Subnets=subnets, Scheme="internal")
    balancer, group = answer["LoadBalancers"][0]["LoadBalancerArn"], aws.name("group")
    group = aws.elbv2.create_target_group(Name=group, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
    aws.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    instance = aws.instance(subnets[0])
    aws.wait(60)
    aws.elbv2.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": instance}])
    assert health(aws, group["TargetGroupArn"]) == [("initial", "Elb.RegistrationInProgress")]
    aws.wait(60)
    assert health(aws, group["TargetGroupArn"]) == [("healthy", None)]


@pytest.mark.fidelity(
    "While unhealthy targets keep their connections for an interval, their state is unhealthy.draining",
    source="elbv2 API reference, TargetHealth",
    differs="they are shown as unhealthy at once: the interval changes nothing in the sandbox",
)
def test_unhealthy_targets_are_not_shown_as_draining(aws, served):
    group = served["group"]
    attributes = [
        {"Key": "target_health_state.unhealthy.connection_termination.enabled", "Value": "false"},
        {"Key": "target_health_state.unhealthy.draining_interval_seconds", "Value": "60"},
    ]
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
    aws.wait(60)
    aws.health.set(group, served["instance"], 80, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    assert health(aws, group) == [("unhealthy", "Target.FailedHealthChecks")]
