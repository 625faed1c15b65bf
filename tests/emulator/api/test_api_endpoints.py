"""Interface endpoints: what is refused, their interfaces, their names, their end."""

import ipaddress
import re

import pytest


@pytest.mark.fidelity(
    "CreateVpcEndpoint without a type asks for a Gateway, which a customer's service is not: InvalidServiceName",
    source="EC2 API reference, CreateVpcEndpoint",
)
def test_the_default_type_is_gateway_which_a_customers_service_is_not(aws, provider, consumer, refused):
    code = refused(aws.ec2.create_vpc_endpoint, VpcId=consumer["vpc"], ServiceName=provider["service"]["ServiceName"])
    assert code == "InvalidServiceName"


@pytest.mark.fidelity(
    "The type of an endpoint may be written in any case, and is returned as the reference spells it; an unknown one is "
    "InvalidParameterValue",
    source="EC2 API reference, VpcEndpoint, for the spelling; the rest is believed",
)
def test_the_case_of_a_type_does_not_matter(aws, refused):
    vpc = aws.vpc()
    asked = {"VpcId": vpc, "ServiceName": "com.amazonaws.ap-northeast-1.s3", "RouteTableIds": [aws.route_table(vpc)]}
    made = aws.ec2.create_vpc_endpoint(**asked, VpcEndpointType="gateway")["VpcEndpoint"]
    assert (made["VpcEndpointType"], made.get("DnsEntries", [])) == ("Gateway", [])
    assert not aws.interfaces(vpc_id=vpc)
    assert refused(aws.ec2.create_vpc_endpoint, **asked, VpcEndpointType="Portal") == "InvalidParameterValue"


@pytest.mark.fidelity(
    "An endpoint to a service that is unknown or deleted: InvalidServiceName", source="EC2 API reference, error codes"
)
def test_unknown_and_deleted_services_do_not_exist(aws, provider, consumer, refused):
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


@pytest.mark.fidelity(
    "An endpoint in a zone that its service is not in: InvalidParameter", source="seen: terraform-aws-vpc#785"
)
def test_a_subnet_in_a_zone_without_the_service_is_refused(aws, provider, consumer, refused):
    assert endpoint_refused(aws, refused, provider, consumer, [consumer["subnets"]["d"]]) == "InvalidParameter"


@pytest.mark.fidelity(
    "Two subnets of an endpoint in one zone: DuplicateSubnetsInSameZone", source="EC2 API reference, error codes"
)
def test_two_subnets_in_one_zone_are_refused(aws, provider, consumer, refused):
    subnets = [consumer["subnets"]["a"], aws.subnet(consumer["vpc"], 9, "a")]
    assert endpoint_refused(aws, refused, provider, consumer, subnets) == "DuplicateSubnetsInSameZone"


@pytest.mark.fidelity(
    "An endpoint has an interface in each of its subnets, with an address of the subnet and the groups given",
    source="VPC user guide, requester-managed interfaces; EC2 API reference, CreateVpcEndpoint",
)
def test_an_endpoint_has_an_interface_in_each_subnet_with_its_groups(aws, provider, consumer):
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


@pytest.mark.fidelity(
    "An endpoint without security groups gets the default group of its VPC",
    source="EC2 API reference, CreateVpcEndpoint",
)
def test_without_groups_an_endpoint_gets_the_default_group(aws, provider, consumer):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    assert [group["GroupName"] for group in endpoint["Groups"]] == ["default"]


@pytest.mark.fidelity(
    "An endpoint's names are the regional one, then one for each zone, in the region's hosted zone",
    source="PrivateLink guide, DNS names; hosted zone ids seen",
)
def test_names_are_regional_first_then_zonal_with_the_regions_zone(aws, provider, consumer):
    subnets = [consumer["subnets"][zone] for zone in "ac"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], *subnets)
    names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    label = re.fullmatch(r"(vpce-[0-9a-f]{17}-[a-z0-9]{8})\.(.*)", names[0])
    assert label[1].startswith(endpoint["VpcEndpointId"])
    assert label[2] == f"{provider['service']['ServiceId']}.ap-northeast-1.vpce.amazonaws.com"
    assert names[1:] == [f"{label[1]}-ap-northeast-1{zone}.{label[2]}" for zone in "ac"]
    assert {entry["HostedZoneId"] for entry in endpoint["DnsEntries"]} == {"Z2E726K9Y6RL4W"}


@pytest.mark.fidelity(
    "ModifyVpcEndpoint of subnets and groups changes interfaces and names at once",
    source="EC2 API reference, ModifyVpcEndpoint",
)
def test_modifying_subnets_and_groups_moves_interfaces_and_names(aws, provider, consumer):
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


@pytest.mark.fidelity(
    "A deleted endpoint is `deleting` for a while, holds its subnets and groups, and then is"
    " InvalidVpcEndpointId.NotFound",
    source="EC2 API reference, error codes; seen: interfaces outlive their endpoint by minutes",
)
def test_a_deleted_endpoint_lingers_with_its_interfaces_and_then_is_not_found(aws, provider, consumer, refused):
    subnet, group = consumer["subnets"]["a"], aws.group(consumer["vpc"])
    made = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], subnet, SecurityGroupIds=[group])
    endpoint = made["VpcEndpointId"]
    aws.wait(60)
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert aws.seen(endpoint)["State"] == "deleting"
    assert refused(aws.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refused(aws.ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    aws.wait(60)
    assert refused(aws.ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"
    found = aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [consumer["vpc"]]}])
    assert found["VpcEndpoints"] == []
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_security_group(GroupId=group)


@pytest.mark.fidelity(
    "Endpoints are found by id, VPC, service, state and tag", source="EC2 API reference, DescribeVpcEndpoints"
)
def test_endpoints_are_found_by_every_documented_filter(aws, provider, consumer):
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


@pytest.mark.fidelity(
    "An unknown group, on an endpoint that is made or changed: InvalidGroup.NotFound, and nothing is changed",
    source="EC2 API reference, error codes",
)
def test_an_unknown_group_is_refused(aws, provider, consumer, refused):
    gone, (a, c) = "sg-00000000000000000", (consumer["subnets"][zone] for zone in "ac")
    assert endpoint_refused(aws, refused, provider, consumer, [a], SecurityGroupIds=[gone]) == "InvalidGroup.NotFound"
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], a)
    code = refused(
        aws.ec2.modify_vpc_endpoint,
        VpcEndpointId=endpoint["VpcEndpointId"],
        AddSubnetIds=[c],
        AddSecurityGroupIds=[gone],
    )
    assert code == "InvalidGroup.NotFound"
    assert aws.seen(endpoint["VpcEndpointId"])["SubnetIds"] == [a]


@pytest.mark.fidelity(
    "A subnet that is added to an endpoint is judged as at creation, by its zone", source="seen: terraform-aws-vpc#785"
)
def test_a_subnet_of_the_wrong_zone_cannot_be_added(aws, provider, consumer, refused):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])

    def adding(subnet):
        return refused(aws.ec2.modify_vpc_endpoint, VpcEndpointId=endpoint["VpcEndpointId"], AddSubnetIds=[subnet])

    assert adding(consumer["subnets"]["d"]) == "InvalidParameter"
    assert adding(aws.subnet(consumer["vpc"], 9, "a")) == "DuplicateSubnetsInSameZone"


@pytest.mark.fidelity(
    "An endpoint may lose its last subnet, and then reaches nothing",
    source="believed: Terraform's documentation of aws_vpc_endpoint; no page of AWS's says",
)
def test_the_last_subnet_can_be_removed(aws, provider, consumer):
    subnet = consumer["subnets"]["a"]
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], subnet)["VpcEndpointId"]
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSubnetIds=[subnet])
    seen = aws.seen(endpoint)
    assert (seen["SubnetIds"], seen["NetworkInterfaceIds"], len(seen["DnsEntries"])) == ([], [], 1)
    aws.ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.fidelity(
    "The interfaces of an endpoint cannot be deleted or detached by hand",
    source="VPC user guide, requester-managed interfaces",
)
def test_an_endpoints_interface_is_not_the_accounts_to_delete(aws, provider, consumer, refused):
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    (interface,) = endpoint["NetworkInterfaceIds"]
    assert refused(aws.ec2.delete_network_interface, NetworkInterfaceId=interface) == "InvalidParameterValue"
    held = aws.interfaces(network_interface_id=interface)[0]["Attachment"]["AttachmentId"]
    assert refused(aws.ec2.detach_network_interface, AttachmentId=held) == "AuthFailure"


@pytest.mark.fidelity(
    "An endpoint id that is not known, in ModifyVpcEndpoint: InvalidVpcEndpointId.NotFound",
    source="EC2 API reference, error codes",
)
def test_an_unknown_endpoint_cannot_be_changed(aws, refused):
    code = refused(aws.ec2.modify_vpc_endpoint, VpcEndpointId="vpce-00000000000000000", PrivateDnsEnabled=False)
    assert code == "InvalidVpcEndpointId.NotFound"
