"""What is made and then fails: an instance, a load balancer and an endpoint, each with AWS's reason."""

import pytest


@pytest.fixture
def inject(aws):
    yield lambda subject, error, times=0: aws.faults.add("error", subject, times, error)
    aws.faults.clear()


def instance_seen(aws, instance):
    (reservation,) = aws.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    return reservation["Instances"][0]


@pytest.mark.fidelity(
    "An instance that cannot be launched is pending, then terminated with its StateReason, and stays listed",
    source="EC2 user guide, Troubleshoot instance launch issues; seen: kubernetes-sigs/karpenter#1407",
)
@pytest.mark.parametrize("code", ["Client.InternalError", "Client.InvalidKMSKey.InvalidState"])
def test_an_instance_that_cannot_be_launched(aws, inject, code):
    subnet = aws.subnet(aws.vpc())
    inject("ec2:RunInstances", code, 1)
    instance, fine = aws.instance(subnet), aws.instance(subnet)
    assert instance_seen(aws, instance)["State"]["Name"] == "pending"
    aws.wait(60)
    seen = instance_seen(aws, instance)
    assert seen["State"] == {"Code": 48, "Name": "terminated"}
    assert seen["StateReason"]["Code"] == code
    assert seen["StateReason"]["Message"].startswith(f"{code}: ")
    assert instance_seen(aws, fine)["State"]["Name"] == "running"
    assert len(aws.interfaces(subnet_id=subnet)) == 1


@pytest.mark.fidelity(
    "A load balancer that cannot be set up is failed, with a Reason", source="elbv2 API reference, LoadBalancerState"
)
def test_a_load_balancer_that_cannot_be_set_up(aws, inject):
    inject("elbv2:CreateLoadBalancer", "LoadBalancer.Failed", 1)
    vpc = aws.vpc()
    arn = aws.balancer(aws.subnet(vpc))
    (seen,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    assert seen["State"] == {"Code": "failed", "Reason": "The load balancer could not be set up."}
    (other,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[aws.balancer(aws.subnet(vpc, 1))])["LoadBalancers"]
    assert other["State"] == {"Code": "active"}
    aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)


@pytest.mark.fidelity(
    "An endpoint that cannot be set up is failed, with a LastError", source="EC2 API reference, VpcEndpoint"
)
def test_an_endpoint_that_cannot_be_set_up(aws, inject, provider, consumer):
    inject("ec2:CreateVpcEndpoint", "VpcEndpoint.Failed")
    made = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    assert made["State"] == "pending"
    aws.wait(120)
    seen = aws.seen(made["VpcEndpointId"])
    assert seen["State"] == "failed"
    assert seen["LastError"] == {"Code": "VpcEndpoint.Failed", "Message": "The endpoint could not be set up."}
    aws.faults.clear()
    again = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    aws.wait(120)
    assert aws.seen(again["VpcEndpointId"])["State"] == "available"
    assert "LastError" not in aws.seen(again["VpcEndpointId"])
