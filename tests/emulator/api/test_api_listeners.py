"""Listeners."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def listener(aws, provider):
    """On port 80 of the provider's load balancer."""
    group = aws.target_group(provider["vpc"])
    return {"balancer": provider["balancer"], "group": group, "arn": aws.listener(provider["balancer"], group)}


def forward(group):
    return [{"Type": "forward", "TargetGroupArn": group}]


@pytest.mark.fidelity(
    "The same create again gives the existing listener; anything else on its port is DuplicateListener",
    source="elbv2 API reference, CreateListener",
)
def test_a_port_has_one_listener(aws, provider, listener, refused):
    assert aws.listener(listener["balancer"], listener["group"]) == listener["arn"]
    other = aws.target_group(provider["vpc"])
    assert refused(aws.listener, balancer=listener["balancer"], group=other) == "DuplicateListener"


@pytest.mark.parametrize(
    ("spoken", "taken"), [("TCP", True), ("TCP_UDP", True), ("UDP", False), ("TLS", False), ("HTTP", False)]
)
@pytest.mark.fidelity(
    "A TCP listener forwards to target groups of TCP and TCP_UDP; to others, also when it is changed, it is"
    " IncompatibleProtocols",
    source="NLB user guide, target groups, routing; elbv2 API reference, CreateListener; the code is believed",
)
def test_a_listener_and_its_group_speak_alike(aws, provider, listener, refused, spoken, taken):
    make = {"Name": aws.name("group"), "Protocol": spoken, "Port": 80, "VpcId": provider["vpc"]}
    group = aws.elbv2.create_target_group(**make)["TargetGroups"][0]["TargetGroupArn"]
    point = {"ListenerArn": listener["arn"], "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}
    if taken:
        assert aws.elbv2.modify_listener(**point)["Listeners"][0]["DefaultActions"][0]["TargetGroupArn"] == group
        return
    assert refused(aws.elbv2.modify_listener, **point) == "IncompatibleProtocols"
    assert refused(aws.listener, balancer=listener["balancer"], group=group, port=81) == "IncompatibleProtocols"


@pytest.mark.fidelity(
    "Only listeners that end TLS have a security policy", source="elbv2 API reference, Listener, SslPolicy"
)
def test_a_tcp_listener_has_no_security_policy(aws, provider):
    arn = provider["balancer"]
    aws.listener(arn, aws.target_group(provider["vpc"]), 443)
    (told,) = aws.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert "SslPolicy" not in told


@pytest.mark.fidelity(
    "A listener cannot be moved to a port that is taken: DuplicateListener; to a free one it can",
    source="elbv2 API reference, ModifyListener",
)
def test_a_listener_is_not_moved_onto_another(aws, listener, refused):
    second = aws.listener(listener["balancer"], listener["group"], 81)
    assert refused(aws.elbv2.modify_listener, ListenerArn=second, Port=80) == "DuplicateListener"
    (moved,) = aws.elbv2.modify_listener(ListenerArn=second, Port=82)["Listeners"]
    assert moved["Port"] == 82


@pytest.mark.fidelity(
    "Pointed at another target group, a listener is the other group's, and the first one is free to go",
    source="elbv2 API reference, ModifyListener and TargetGroup, LoadBalancerArns",
)
def test_a_listener_is_pointed_at_another_group(aws, provider, listener):
    other = aws.target_group(provider["vpc"])
    aws.elbv2.modify_listener(ListenerArn=listener["arn"], DefaultActions=forward(other))
    seen = aws.elbv2.describe_target_groups(TargetGroupArns=[listener["group"], other])["TargetGroups"]
    assert {group["TargetGroupArn"]: group["LoadBalancerArns"] for group in seen} == {
        listener["group"]: [],
        other: [listener["balancer"]],
    }
    aws.elbv2.delete_target_group(TargetGroupArn=listener["group"])
    assert aws.listener(listener["balancer"], other) == listener["arn"]


@pytest.mark.fidelity(
    "A target group serves one load balancer: TargetGroupAssociationLimit", source="elbv2 API reference, CreateListener"
)
def test_a_target_group_serves_one_load_balancer(aws, provider, listener, refused):
    second = aws.balancer(provider["subnets"][0])
    assert refused(aws.listener, balancer=second, group=listener["group"]) == "TargetGroupAssociationLimit"


@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS"])
@pytest.mark.fidelity(
    "A network load balancer listens on TCP, UDP, TCP_UDP and TLS, not on HTTP",
    source="elbv2 API reference, CreateListener, Protocol",
)
def test_a_network_load_balancer_does_not_listen_on_http(aws, listener, refused, protocol):
    call = {"Protocol": protocol, "Port": 8080, "DefaultActions": forward(listener["group"])}
    assert refused(aws.elbv2.create_listener, LoadBalancerArn=listener["balancer"], **call) == "ValidationError"
    assert refused(aws.elbv2.modify_listener, ListenerArn=listener["arn"], Protocol=protocol) == "ValidationError"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Protocol": "HTTP"}, "A listener port must be specified"),
        ({"Port": 8080}, "A listener protocol must be specified"),
        (
            {"Protocol": "HTTP", "Port": 8080},
            "Listener protocol 'HTTP' must be one of 'UDP, TCP, TLS, TCP_UDP'",
        ),
    ],
)
@pytest.mark.fidelity(
    "CreateListener reports a missing port, then a missing protocol, then a wrong one: ValidationError",
    source="elbv2 API reference, CreateListener; the messages as moto's own tests hold them",
)
def test_what_is_missing_is_told_before_what_is_wrong(aws, listener, given, message):
    with pytest.raises(ClientError) as caught:
        aws.elbv2.create_listener(
            LoadBalancerArn=listener["balancer"], DefaultActions=forward(listener["group"]), **given
        )
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationError", message)


@pytest.mark.fidelity(
    "A TCP connection may be idle for 350 seconds; tcp.idle_timeout.seconds sets it from 60 to 6000",
    source="elbv2 API reference, ListenerAttribute",
)
def test_the_idle_timeout_is_an_attribute(aws, listener, refused):
    describe, change = aws.elbv2.describe_listener_attributes, aws.elbv2.modify_listener_attributes

    def set_to(value, key="tcp.idle_timeout.seconds"):
        return {"ListenerArn": listener["arn"], "Attributes": [{"Key": key, "Value": value}]}

    assert describe(ListenerArn=listener["arn"])["Attributes"] == set_to("350")["Attributes"]
    change(**set_to("60"))
    assert describe(ListenerArn=listener["arn"])["Attributes"] == set_to("60")["Attributes"]
    for value in ("59", "6001", "long"):
        assert refused(change, **set_to(value)) == "ValidationError"
    assert refused(change, **set_to("1", "nonsense")) == "InvalidConfigurationRequest"


@pytest.mark.fidelity(
    "Listeners die with their load balancer, and their target groups are free to go",
    source="elbv2 API reference, DeleteLoadBalancer",
)
def test_listeners_die_with_their_load_balancer(aws, refused):
    vpc = aws.vpc()
    balancer, group = aws.balancer(aws.subnet(vpc)), aws.target_group(vpc)
    arn = aws.listener(balancer, group)
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    assert refused(aws.elbv2.describe_listeners, ListenerArns=[arn]) == "ListenerNotFound"
    aws.elbv2.delete_target_group(TargetGroupArn=group)
