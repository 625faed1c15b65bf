"""Endpoint services and their connections."""

import re

SERVICE_NAME = re.compile(r"com\.amazonaws\.vpce\.ap-northeast-1\.vpce-svc-[0-9a-f]{17}")


def connections(aws, **filters):
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return aws.ec2.describe_vpc_endpoint_connections(Filters=wanted)["VpcEndpointConnections"]


def pending_endpoint(aws, provider, consumer):
    aws.ec2.modify_vpc_endpoint_service_configuration(
        ServiceId=provider["service"]["ServiceId"], AcceptanceRequired=True
    )
    return aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])


def test_a_service_is_named_by_region_and_17_hex_digits(provider):
    """PrivateLink guide, share your services."""
    assert SERVICE_NAME.fullmatch(provider["service"]["ServiceName"])


def test_acceptance_is_required_when_not_said(aws, consumer):
    """EC2 API reference, CreateVpcEndpointServiceConfiguration: AcceptanceRequired omitted is true."""
    vpc = aws.vpc()
    balancer = aws.balancer(aws.subnet(vpc))
    service = aws.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    name = service["ServiceConfiguration"]["ServiceName"]
    endpoint = aws.endpoint(consumer["vpc"], name, consumer["subnets"]["a"])
    assert (endpoint["State"], aws.seen(endpoint["VpcEndpointId"])["State"]) == ("pendingAcceptance",) * 2


def test_an_accepted_connection_is_pending_and_then_available(aws, provider, consumer):
    """Connection states of the PrivateLink guide; lower camel case on the wire for interface endpoints."""
    endpoint = pending_endpoint(aws, provider, consumer)["VpcEndpointId"]
    service = provider["service"]["ServiceId"]
    assert connections(aws, service_id=service)[0]["VpcEndpointState"] == "pendingAcceptance"
    answer = aws.ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint])
    assert answer["Unsuccessful"] == []
    assert aws.seen(endpoint)["State"] == "pending"
    aws.wait(60)
    assert aws.seen(endpoint)["State"] == "available"
    assert connections(aws, service_id=service)[0]["VpcEndpointState"] == "available"


def test_a_rejected_connection_stays_until_its_owner_deletes_it(aws, provider, consumer):
    """Seen: the consumer's endpoint stays `rejected`."""
    endpoint = pending_endpoint(aws, provider, consumer)["VpcEndpointId"]
    aws.ec2.reject_vpc_endpoint_connections(ServiceId=provider["service"]["ServiceId"], VpcEndpointIds=[endpoint])
    aws.wait(3600)
    assert aws.seen(endpoint)["State"] == "rejected"
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    aws.wait(60)
    assert connections(aws, vpc_endpoint_id=endpoint) == []


def test_rejecting_while_pending_is_not_undone_by_time(aws, provider, consumer):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    aws.ec2.reject_vpc_endpoint_connections(
        ServiceId=provider["service"]["ServiceId"], VpcEndpointIds=[endpoint["VpcEndpointId"]]
    )
    aws.wait(3600)
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == "rejected"


def test_a_connection_tells_its_owner_names_and_load_balancer(aws, provider, consumer):
    """botocore model, VpcEndpointConnection."""
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    (found,) = connections(aws, vpc_endpoint_id=endpoint["VpcEndpointId"])
    assert found["VpcEndpointOwner"] == "123456789012"
    assert found["NetworkLoadBalancerArns"] == [provider["balancer"]]
    assert found["DnsEntries"] == endpoint["DnsEntries"]
    assert found["VpcEndpointConnectionId"].startswith("vpce-conn-")
    assert found["CreationTimestamp"]
    assert connections(aws, vpc_endpoint_id=endpoint["VpcEndpointId"], vpc_endpoint_state="rejected") == []
    assert connections(aws, vpc_endpoint_owner="000000000000") == []


def test_unknown_endpoints_are_unsuccessful_items_not_errors(aws, provider):
    """botocore model: accept, reject and delete answer 200 with Unsuccessful[]."""
    service = provider["service"]["ServiceId"]
    gone = "vpce-00000000000000000"
    for answer in (
        aws.ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[gone]),
        aws.ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[gone]),
        aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[gone]),
    ):
        assert [item["ResourceId"] for item in answer["Unsuccessful"]] == [gone]
        assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_a_load_balancer_serves_one_service(aws, provider, refused):
    """Seen: InvalidParameter "LBs are already associated with another VPC Endpoint Service Configuration"."""
    assert refused(aws.service, balancer=provider["balancer"]) == "InvalidParameter"


def test_a_service_needs_an_active_load_balancer(aws, refused):
    vpc = aws.vpc()
    arn = aws.elbv2.create_load_balancer(Name=aws.name("nlb"), Subnets=[aws.subnet(vpc)], Type="network")[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    assert refused(aws.service, balancer=arn) == "InvalidParameter"


def test_a_service_with_a_live_connection_cannot_be_deleted(aws, provider, consumer):
    """EC2 API reference, DeleteVpcEndpointServiceConfigurations: ExistingVpcEndpointConnections."""
    service = provider["service"]["ServiceId"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    delete = aws.ec2.delete_vpc_endpoint_service_configurations
    (item,) = delete(ServiceIds=[service])["Unsuccessful"]
    assert item["Error"]["Code"] == "ExistingVpcEndpointConnections"
    aws.ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert delete(ServiceIds=[service])["Unsuccessful"] == []


def test_services_are_found_by_tag_name_id_and_state(aws, provider):
    """EC2 API reference, DescribeVpcEndpointServiceConfigurations, filters."""
    service = provider["service"]
    aws.ec2.create_tags(Resources=[service["ServiceId"]], Tags=[{"Key": "lab", "Value": service["ServiceId"]}])

    def found(name, value):
        answer = aws.ec2.describe_vpc_endpoint_service_configurations(Filters=[{"Name": name, "Values": [value]}])
        return [item["ServiceId"] for item in answer["ServiceConfigurations"]]

    for name, value in (("tag:lab", service["ServiceId"]), ("service-name", service["ServiceName"])):
        assert found(name, value) == [service["ServiceId"]]
    assert found("tag:lab", "another") == []
    assert service["ServiceId"] not in found("service-state", "Deleted")


def test_another_account_sees_and_reaches_a_service_only_when_permitted(aws, provider, refused):
    """EC2 API reference, ModifyVpcEndpointServicePermissions: unknown and unauthorised look the same."""
    other, service = aws.other_account("222222222222"), provider["service"]
    vpc = other.vpc()
    subnet = other.subnet(vpc)
    for call, more in (
        (other.ec2.describe_vpc_endpoint_services, {"ServiceNames": [service["ServiceName"]]}),
        (
            other.ec2.create_vpc_endpoint,
            {
                "VpcId": vpc,
                "ServiceName": service["ServiceName"],
                "VpcEndpointType": "Interface",
                "SubnetIds": [subnet],
            },
        ),
    ):
        assert refused(call, **more) == "InvalidServiceName"
    aws.ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=service["ServiceId"], AddAllowedPrincipals=["arn:aws:iam::222222222222:root"]
    )
    (seen,) = other.ec2.describe_vpc_endpoint_services(ServiceNames=[service["ServiceName"]])["ServiceDetails"]
    assert seen["AvailabilityZones"] == ["ap-northeast-1a", "ap-northeast-1c"]
    endpoint = other.endpoint(vpc, service["ServiceName"], subnet)["VpcEndpointId"]
    (found,) = connections(aws, vpc_endpoint_id=endpoint)
    assert found["VpcEndpointOwner"] == "222222222222"
