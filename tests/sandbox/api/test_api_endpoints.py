"""Interface endpoints: what is refused, their interfaces, their names, their end."""

import ipaddress
import re


def test_the_default_type_is_gateway_which_a_customers_service_is_not(aws, provider, consumer, refused):
    """EC2 API reference, CreateVpcEndpoint: VpcEndpointType defaults to Gateway."""
    code = refused(aws.ec2.create_vpc_endpoint, VpcId=consumer["vpc"], ServiceName=provider["service"]["ServiceName"])
    assert code == "InvalidServiceName"


def test_unknown_and_deleted_services_do_not_exist(aws, provider, consumer, refused):
    """EC2 error codes, InvalidServiceName."""
    name, subnet = provider["service"]["ServiceName"], consumer["subnets"]["a"]
    aws.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[provider["service"]["ServiceId"]])
    for service in (name, "com.amazonaws.vpce.ap-northeast-1.vpce-svc-00000000000000000"):
        code = refused(
            aws.ec2.create_vpc_endpoint,
            VpcId=consumer["vpc"],
            ServiceName=service,
            VpcEndpointType="Interface",
            SubnetIds=[subnet],
        )
        assert code == "InvalidServiceName"


def endpoint_refused(aws, refused, provider, consumer, subnets, **more):
    return refused(
        aws.ec2.create_vpc_endpoint,
        VpcId=consumer["vpc"],
        ServiceName=provider["service"]["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        **more,
    )


def test_a_subnet_in_a_zone_without_the_service_is_refused(aws, provider, consumer, refused):
    """Seen: InvalidParameter "… does not support the availability zone of the subnet: …"."""
    assert endpoint_refused(aws, refused, provider, consumer, [consumer["subnets"]["d"]]) == "InvalidParameter"


def test_two_subnets_in_one_zone_are_refused(aws, provider, consumer, refused):
    """EC2 error codes, DuplicateSubnetsInSameZone."""
    subnets = [consumer["subnets"]["a"], aws.subnet(consumer["vpc"], 9, "a")]
    assert endpoint_refused(aws, refused, provider, consumer, subnets) == "DuplicateSubnetsInSameZone"


def test_private_dns_needs_a_verified_name(aws, provider, consumer, refused):
    """Seen: InvalidParameter "Private DNS can't be enabled because the service … does not provide …"."""
    subnets = [consumer["subnets"]["a"]]
    code = endpoint_refused(aws, refused, provider, consumer, subnets, PrivateDnsEnabled=True)
    assert code == "InvalidParameter"
    assert not aws.interfaces(subnet_id=subnets[0])


def test_an_endpoint_has_an_interface_in_each_subnet_with_its_groups(aws, provider, consumer):
    """VPC guide, requester-managed interfaces; CreateVpcEndpoint, SecurityGroupIds."""
    group, subnets = aws.group(consumer["vpc"]), [consumer["subnets"][zone] for zone in "ac"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], *subnets, SecurityGroupIds=[group])
    found = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    assert [i["SubnetId"] for i in found["NetworkInterfaces"]] == subnets
    for interface in found["NetworkInterfaces"]:
        ranges = aws.ec2.describe_subnets(SubnetIds=[interface["SubnetId"]])["Subnets"][0]["CidrBlock"]
        offset = int(ipaddress.ip_address(interface["PrivateIpAddress"])) - int(
            ipaddress.ip_network(ranges).network_address
        )
        assert 4 <= offset <= 254
        assert interface["InterfaceType"] == "vpc_endpoint"
        assert interface["Description"] == f"VPC Endpoint Interface {endpoint['VpcEndpointId']}"
        assert interface["RequesterManaged"] is True
        assert [g["GroupId"] for g in interface["Groups"]] == [group]
        assert interface["Attachment"]["InstanceOwnerId"] == "amazon-aws"


def test_without_groups_an_endpoint_gets_the_default_group(aws, provider, consumer):
    """EC2 API reference, CreateVpcEndpoint."""
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    assert [group["GroupName"] for group in endpoint["Groups"]] == ["default"]


def test_names_are_regional_first_then_zonal_with_the_regions_zone(aws, provider, consumer):
    """PrivateLink guide, DNS names."""
    subnets = [consumer["subnets"][zone] for zone in "ac"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], *subnets)
    names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    label = re.fullmatch(r"(vpce-[0-9a-f]{17}-[a-z0-9]{8})\.(.*)", names[0])
    assert label[1].startswith(endpoint["VpcEndpointId"])
    assert label[2] == f"{provider['service']['ServiceId']}.ap-northeast-1.vpce.amazonaws.com"
    assert names[1:] == [f"{label[1]}-ap-northeast-1{zone}.{label[2]}" for zone in "ac"]
    assert {entry["HostedZoneId"] for entry in endpoint["DnsEntries"]} == {"Z2E726K9Y6RL4W"}


def test_modifying_subnets_and_groups_moves_interfaces_and_names(aws, provider, consumer):
    """EC2 API reference, ModifyVpcEndpoint."""
    group, (a, c) = aws.group(consumer["vpc"]), (consumer["subnets"][zone] for zone in "ac")
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], a)["VpcEndpointId"]
    default = aws.seen(endpoint)["Groups"][0]["GroupId"]
    aws.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint,
        AddSubnetIds=[c],
        RemoveSubnetIds=[a],
        AddSecurityGroupIds=[group],
        RemoveSecurityGroupIds=[default],
    )
    seen = aws.seen(endpoint)
    assert seen["SubnetIds"] == [c]
    assert [entry["DnsName"].split(".")[0][-15:] for entry in seen["DnsEntries"][1:]] == ["ap-northeast-1c"]
    assert not aws.interfaces(subnet_id=a)
    (interface,) = aws.interfaces(subnet_id=c)
    assert seen["NetworkInterfaceIds"] == [interface["NetworkInterfaceId"]]
    assert [g["GroupId"] for g in interface["Groups"]] == [group]


def test_a_deleted_endpoint_lingers_with_its_interfaces_and_then_is_not_found(aws, provider, consumer, refused):
    """EC2 error codes, InvalidVpcEndpointId.NotFound; seen: subnets are held while `deleting`."""
    subnet = consumer["subnets"]["a"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], subnet)["VpcEndpointId"]
    aws.wait(60)
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert aws.seen(endpoint)["State"] == "deleting"
    assert refused(aws.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    aws.wait(60)
    assert refused(aws.ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"
    found = aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [consumer["vpc"]]}])
    assert found["VpcEndpoints"] == []
    aws.ec2.delete_subnet(SubnetId=subnet)


def test_endpoints_are_found_by_every_documented_filter(aws, provider, consumer):
    """EC2 API reference, DescribeVpcEndpoints, filters."""
    tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "lab/one"}]}]
    endpoint = aws.endpoint(
        consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"], TagSpecifications=tags
    )
    for name, value in (
        ("vpc-endpoint-id", endpoint["VpcEndpointId"]),
        ("vpc-id", consumer["vpc"]),
        ("service-name", provider["service"]["ServiceName"]),
    ):
        for extra, hit in (("pending", True), ("available", False)):
            filters = [{"Name": name, "Values": [value]}, {"Name": "vpc-endpoint-state", "Values": [extra]}]
            found = aws.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
            assert [e["VpcEndpointId"] for e in found] == ([endpoint["VpcEndpointId"]] if hit else [])
    by_tag = aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:Name", "Values": ["lab/*"]}])["VpcEndpoints"]
    assert endpoint["VpcEndpointId"] in [e["VpcEndpointId"] for e in by_tag]


def test_gateway_endpoints_work_as_before(aws):
    vpc = aws.vpc()
    made = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.ap-northeast-1.s3")["VpcEndpoint"]
    assert (made["VpcEndpointType"], made["State"]) == ("Gateway", "available")
    assert aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
