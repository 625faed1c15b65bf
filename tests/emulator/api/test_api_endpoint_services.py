"""Endpoint services and their connections."""

import re

import pytest
from botocore.exceptions import ClientError

SERVICE_NAME = re.compile(r"com\.amazonaws\.vpce\.ap-northeast-1\.vpce-svc-[0-9a-f]{17}")


def connections(aws, **filters):
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return aws.ec2.describe_vpc_endpoint_connections(Filters=wanted)["VpcEndpointConnections"]


def pending_endpoint(aws, provider, consumer):
    aws.ec2.modify_vpc_endpoint_service_configuration(
        ServiceId=provider["service"]["ServiceId"], AcceptanceRequired=True
    )
    return aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])


@pytest.mark.fidelity(
    "A service is named com.amazonaws.vpce.<region>.vpce-svc-<17 hexadecimal digits>",
    source="PrivateLink guide, share your services",
)
def test_a_service_is_named_by_region_and_17_hex_digits(provider):
    assert SERVICE_NAME.fullmatch(provider["service"]["ServiceName"])


@pytest.mark.fidelity("AcceptanceRequired omitted is true", source="seen: awsdocs/amazon-vpc-user-guide#1")
def test_acceptance_is_required_when_not_said(aws, consumer):
    vpc = aws.vpc()
    balancer = aws.balancer(aws.subnet(vpc))
    service = aws.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    name = service["ServiceConfiguration"]["ServiceName"]
    aws.wait(15)
    endpoint = aws.endpoint(consumer["vpc"], name, consumer["subnets"]["a"])
    assert (endpoint["State"], aws.seen(endpoint["VpcEndpointId"])["State"]) == ("pendingAcceptance",) * 2


@pytest.mark.fidelity(
    "An accepted connection goes from pendingAcceptance to pending and available, so spelt on both sides",
    source="PrivateLink guide, connection states; spelling seen: aws-sdk#360",
)
def test_an_accepted_connection_is_pending_and_then_available(aws, provider, consumer):
    endpoint = pending_endpoint(aws, provider, consumer)["VpcEndpointId"]
    service = provider["service"]["ServiceId"]
    assert connections(aws, service_id=service)[0]["VpcEndpointState"] == "pendingAcceptance"
    answer = aws.ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint])
    assert answer["Unsuccessful"] == []
    assert aws.seen(endpoint)["State"] == "pending"
    aws.wait(60)
    assert aws.seen(endpoint)["State"] == "available"
    assert connections(aws, service_id=service)[0]["VpcEndpointState"] == "available"


@pytest.mark.fidelity(
    "A rejected endpoint stays rejected until its owner deletes it", source="seen: go-to-k/delstack#657"
)
def test_a_rejected_connection_stays_until_its_owner_deletes_it(aws, provider, consumer):
    endpoint = pending_endpoint(aws, provider, consumer)["VpcEndpointId"]
    aws.ec2.reject_vpc_endpoint_connections(ServiceId=provider["service"]["ServiceId"], VpcEndpointIds=[endpoint])
    aws.wait(3600)
    assert aws.seen(endpoint)["State"] == "rejected"
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    aws.wait(60)
    assert connections(aws, vpc_endpoint_id=endpoint) == []


@pytest.mark.fidelity(
    "A connection can be rejected while it is pending", source="PrivateLink guide, accept or reject connection requests"
)
def test_rejecting_while_pending_is_not_undone_by_time(aws, provider, consumer):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    aws.ec2.reject_vpc_endpoint_connections(
        ServiceId=provider["service"]["ServiceId"], VpcEndpointIds=[endpoint["VpcEndpointId"]]
    )
    aws.wait(3600)
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == "rejected"


@pytest.mark.fidelity(
    "DescribeVpcEndpointConnections returns a connection's owner, names and load balancers",
    source="EC2 API reference, VpcEndpointConnection",
)
def test_a_connection_tells_its_owner_names_and_load_balancer(aws, provider, consumer):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    (found,) = connections(aws, vpc_endpoint_id=endpoint["VpcEndpointId"])
    assert found["VpcEndpointOwner"] == "123456789012"
    assert found["NetworkLoadBalancerArns"] == [provider["balancer"]]
    assert found["DnsEntries"] == endpoint["DnsEntries"]
    assert found["VpcEndpointConnectionId"].startswith("vpce-conn-")
    assert found["CreationTimestamp"]
    assert connections(aws, vpc_endpoint_id=endpoint["VpcEndpointId"], vpc_endpoint_state="rejected") == []
    assert connections(aws, vpc_endpoint_owner="000000000000") == []


@pytest.mark.fidelity(
    "Unknown endpoints in accepting, rejecting and deleting are items of Unsuccessful, with HTTP 200",
    source="EC2 API reference, UnsuccessfulItem",
)
def test_unknown_endpoints_are_unsuccessful_items_not_errors(aws, provider):
    service = provider["service"]["ServiceId"]
    gone = "vpce-00000000000000000"
    for answer in (
        aws.ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[gone]),
        aws.ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[gone]),
        aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[gone]),
    ):
        assert [item["ResourceId"] for item in answer["Unsuccessful"]] == [gone]
        assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


@pytest.mark.fidelity(
    "A load balancer serves one service: InvalidParameter",
    source="seen: openshift/hypershift, LBs are already associated with another VPC Endpoint Service Configuration",
)
def test_a_load_balancer_serves_one_service(aws, provider, refused):
    assert refused(aws.service, balancer=provider["balancer"]) == "InvalidParameter"


@pytest.mark.fidelity(
    "A service on a load balancer that is not active is refused",
    source="seen: openshift/hypershift waits for it; the code InvalidParameter is believed",
)
def test_a_service_needs_an_active_load_balancer(aws, refused):
    vpc = aws.vpc()
    arn = aws.elbv2.create_load_balancer(
        Name=aws.name("nlb"), Subnets=[aws.subnet(vpc)], Type="network", Scheme="internal"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    assert refused(aws.service, balancer=arn) == "InvalidParameter"


@pytest.mark.parametrize("state", ["pendingAcceptance", "pending", "available"])
@pytest.mark.fidelity(
    "A service with a live connection, also one that awaits acceptance, is not deleted: ExistingVpcEndpointConnections,"
    " until they are rejected",
    source="PrivateLink guide, delete an endpoint service",
)
def test_a_service_with_a_live_connection_cannot_be_deleted(aws, provider, consumer, state):
    service = provider["service"]["ServiceId"]
    if state == "pendingAcceptance":
        endpoint = pending_endpoint(aws, provider, consumer)
    else:
        endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    aws.wait(60 if state == "available" else 0)
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == state
    delete = aws.ec2.delete_vpc_endpoint_service_configurations
    (item,) = delete(ServiceIds=[service])["Unsuccessful"]
    assert item["Error"]["Code"] == "ExistingVpcEndpointConnections"
    aws.ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert delete(ServiceIds=[service])["Unsuccessful"] == []


@pytest.mark.fidelity(
    "Services are found by tag, name and state", source="EC2 API reference, DescribeVpcEndpointServiceConfigurations"
)
def test_services_are_found_by_tag_name_id_and_state(aws, provider):
    service = provider["service"]
    aws.ec2.create_tags(Resources=[service["ServiceId"]], Tags=[{"Key": "lab", "Value": service["ServiceId"]}])

    def found(name, value):
        answer = aws.ec2.describe_vpc_endpoint_service_configurations(Filters=[{"Name": name, "Values": [value]}])
        return [item["ServiceId"] for item in answer["ServiceConfigurations"]]

    for name, value in (("tag:lab", service["ServiceId"]), ("service-name", service["ServiceName"])):
        assert found(name, value) == [service["ServiceId"]]
    assert found("tag:lab", "another") == []
    assert service["ServiceId"] not in found("service-state", "Deleted")


@pytest.mark.fidelity(
    "A connection that is available can be rejected, and a rejected one accepted again",
    source="PrivateLink guide, accept or reject connection requests; accepting again is believed",
)
def test_an_available_connection_is_rejected_and_accepted_again(aws, provider, consumer):
    service = provider["service"]
    endpoint = aws.endpoint(consumer["vpc"], service["ServiceName"], consumer["subnets"]["a"])["VpcEndpointId"]
    aws.wait(60)
    states = [aws.seen(endpoint)["State"]]
    for decide in (aws.ec2.reject_vpc_endpoint_connections, aws.ec2.accept_vpc_endpoint_connections):
        assert decide(ServiceId=service["ServiceId"], VpcEndpointIds=[endpoint])["Unsuccessful"] == []
        states.append(aws.seen(endpoint)["State"])
    aws.wait(60)
    assert [*states, aws.seen(endpoint)["State"]] == ["available", "rejected", "pending", "available"]


@pytest.mark.fidelity(
    "An endpoint to a service that was made seconds ago is Unavailable (HTTP 503), and nothing is created",
    source="seen: aws/aws-sdk#805, aws-sdk-go-v2#2254",
)
def test_a_service_made_seconds_ago_takes_no_endpoints(aws, consumer):
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    made = aws.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    name = made["ServiceConfiguration"]["ServiceName"]
    asked = {"ClientToken": "once", "SubnetIds": [consumer["subnets"]["a"]]}
    call = {"VpcId": consumer["vpc"], "ServiceName": name, "VpcEndpointType": "Interface", **asked}
    with pytest.raises(ClientError) as caught:
        aws.ec2.create_vpc_endpoint(**call)
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (503, "Unavailable")
    mine = [{"Name": "vpc-id", "Values": [consumer["vpc"]]}]
    assert aws.ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"] == []
    aws.wait(15)
    first = aws.ec2.create_vpc_endpoint(**call)["VpcEndpoint"]["VpcEndpointId"]
    assert aws.ec2.create_vpc_endpoint(**call)["VpcEndpoint"]["VpcEndpointId"] == first


@pytest.mark.fidelity(
    "A new service is Pending for some seconds, and then Available",
    source="EC2 API reference, ServiceConfiguration; seconds seen",
)
def test_a_service_becomes_available(aws):
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    made = aws.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    service = made["ServiceConfiguration"]["ServiceId"]

    def state():
        describe = aws.ec2.describe_vpc_endpoint_service_configurations
        return describe(ServiceIds=[service])["ServiceConfigurations"][0]["ServiceState"]

    before = state()
    aws.wait(6)
    assert (before, state()) == ("Pending", "Available")


@pytest.mark.fidelity(
    "The load balancers of a service with live connections cannot be changed: ExistingVpcEndpointConnections",
    source="EC2 API reference, error codes",
)
def test_the_load_balancers_of_a_service_in_use_stay(aws, provider, consumer, refused):
    service, other = provider["service"], aws.balancer(provider["subnets"][0])
    change = {"ServiceId": service["ServiceId"], "AddNetworkLoadBalancerArns": [other]}
    endpoint = aws.endpoint(consumer["vpc"], service["ServiceName"], consumer["subnets"]["a"])["VpcEndpointId"]
    modify = aws.ec2.modify_vpc_endpoint_service_configuration
    assert refused(modify, **change) == "ExistingVpcEndpointConnections"
    aws.ec2.reject_vpc_endpoint_connections(ServiceId=service["ServiceId"], VpcEndpointIds=[endpoint])
    modify(**change, RemoveNetworkLoadBalancerArns=[provider["balancer"]])
    (seen,) = aws.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service["ServiceId"]])[
        "ServiceConfigurations"
    ]
    assert seen["NetworkLoadBalancerArns"] == [other]
    assert refused(modify, ServiceId=service["ServiceId"], RemoveNetworkLoadBalancerArns=[other]) == "InvalidParameter"


@pytest.mark.fidelity(
    "DescribeVpcEndpointServices returns a service's zones, owner and type, and is filtered by them",
    source="EC2 API reference, DescribeVpcEndpointServices",
)
def test_offered_services_are_found_by_name_owner_and_type(aws, provider):
    service = provider["service"]

    def found(**filters):
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        return aws.ec2.describe_vpc_endpoint_services(Filters=wanted)["ServiceDetails"]

    (seen,) = found(service_name=service["ServiceName"], owner="123456789012", service_type="Interface")
    assert seen["ServiceId"] == service["ServiceId"]
    assert seen["AvailabilityZones"] == ["ap-northeast-1a", "ap-northeast-1c"]
    assert (seen["Owner"], seen["AcceptanceRequired"]) == ("123456789012", False)
    assert seen["VpcEndpointPolicySupported"] is False
    assert found(service_name=service["ServiceName"], service_type="Gateway") == []
    assert found(service_name=service["ServiceName"], owner="amazon") == []
    assert {each["Owner"] for each in found(service_name="com.amazonaws.ap-northeast-1.ssm")} == {"amazon"}


@pytest.mark.fidelity("Endpoint connections come in pages", source="EC2 API reference, DescribeVpcEndpointConnections")
def test_connections_come_in_pages(aws, provider, consumer):
    name, subnet = provider["service"]["ServiceName"], consumer["subnets"]["a"]
    made = {aws.endpoint(consumer["vpc"], name, subnet)["VpcEndpointId"] for _ in range(6)}
    filters = [{"Name": "service-id", "Values": [provider["service"]["ServiceId"]]}]
    pages = aws.ec2.get_paginator("describe_vpc_endpoint_connections").paginate(
        Filters=filters, PaginationConfig={"PageSize": 5}
    )
    seen = [[each["VpcEndpointId"] for each in page["VpcEndpointConnections"]] for page in pages]
    assert [len(page) for page in seen] == [5, 1]
    assert {endpoint for page in seen for endpoint in page} == made


@pytest.mark.fidelity(
    "A service can be reached by IPv6 through a dualstack load balancer",
    source="PrivateLink guide, IP address types",
    differs="the sandbox's network has no IPv6: such services and endpoints are refused with InvalidParameter",
)
def test_services_and_endpoints_are_of_ipv4_only(aws, provider, consumer, refused):
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    assert refused(aws.service, balancer=balancer, SupportedIpAddressTypes=["ipv4", "ipv6"]) == "InvalidParameter"
    service = aws.service(balancer, SupportedIpAddressTypes=["ipv4"])
    modify = aws.ec2.modify_vpc_endpoint_service_configuration
    code = refused(modify, ServiceId=service["ServiceId"], AddSupportedIpAddressTypes=["ipv6"])
    assert code == "InvalidParameter"
    name, subnet = provider["service"]["ServiceName"], consumer["subnets"]["a"]
    with pytest.raises(aws.ec2.exceptions.ClientError, match="InvalidParameter"):
        aws.endpoint(consumer["vpc"], name, subnet, IpAddressType="dualstack")
    assert aws.endpoint(consumer["vpc"], name, subnet, IpAddressType="ipv4")["IpAddressType"] == "ipv4"


@pytest.mark.fidelity(
    "A service can be offered to endpoints in other regions",
    source="PrivateLink guide, cross-Region access",
    differs="an endpoint reaches only services of its own region: others do not exist, InvalidServiceName",
)
def test_services_of_other_regions_do_not_exist(aws, provider):
    elsewhere = aws.client("ec2", "us-east-1")
    vpc = elsewhere.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    name = provider["service"]["ServiceName"]
    with pytest.raises(elsewhere.exceptions.ClientError, match="InvalidServiceName"):
        elsewhere.create_vpc_endpoint(VpcId=vpc, ServiceName=name, VpcEndpointType="Interface")
