"""Pages of lists."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def vpcs(aws):
    """Seven of one tag, which nobody else has."""
    value = aws.name("paged")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "lab", "Value": value}]}]
    made = [aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"] for _ in range(7)]
    return {"ids": made, "filter": [{"Name": "tag:lab", "Values": [value]}]}


@pytest.mark.fidelity(
    "EC2 lists come in pages of MaxResults items; NextToken asks for the next, and the last has none",
    source="EC2 API reference, Query requests, pagination",
)
def test_ec2_lists_come_in_pages(aws, vpcs):
    first = aws.ec2.describe_vpcs(Filters=vpcs["filter"], MaxResults=5)
    second = aws.ec2.describe_vpcs(Filters=vpcs["filter"], MaxResults=5, NextToken=first["NextToken"])
    assert (len(first["Vpcs"]), len(second["Vpcs"])) == (5, 2)
    assert {vpc["VpcId"] for page in (first, second) for vpc in page["Vpcs"]} == set(vpcs["ids"])
    assert "NextToken" not in second


@pytest.mark.parametrize(
    "operation",
    [
        "describe_subnets",
        "describe_route_tables",
        "describe_security_groups",
        "describe_internet_gateways",
        "describe_nat_gateways",
        "describe_network_interfaces",
        "describe_instances",
        "describe_tags",
        "describe_vpc_endpoints",
        "describe_vpc_endpoint_connections",
        "describe_vpc_endpoint_service_configurations",
    ],
)
@pytest.mark.fidelity(
    "Every paged EC2 list can be walked to its end, with nothing missing and nothing twice",
    source="EC2 API reference, Query requests, pagination",
)
def test_every_ec2_list_can_be_walked(aws, provider, consumer, operation):
    for zone in "acd":
        aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
        aws.instance(consumer["subnets"][zone])
    paginator = aws.ec2.get_paginator(operation)
    whole = getattr(aws.ec2, operation)()
    paged = paginator.paginate(PaginationConfig={"PageSize": 5}).build_full_result()
    (key,) = paged.keys() & whole.keys()
    assert paged[key] == whole[key]


@pytest.mark.fidelity(
    "MaxResults is 5 to 1000: anything else is InvalidParameterValue", source="EC2 API reference, DescribeVpcs"
)
@pytest.mark.parametrize("size", [4, 1001])
def test_an_ec2_page_has_5_to_1000_items(aws, refused, size):
    assert refused(aws.ec2.describe_instances, MaxResults=size) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "Asked for more than 1000 endpoints or connections, EC2 gives 1000 and does not complain",
    source="EC2 API reference, DescribeVpcEndpoints and DescribeVpcEndpointConnections, MaxResults",
)
def test_endpoints_are_asked_for_in_any_number(aws):
    assert "VpcEndpoints" in aws.ec2.describe_vpc_endpoints(MaxResults=5000)
    assert "VpcEndpointConnections" in aws.ec2.describe_vpc_endpoint_connections(MaxResults=5000)


@pytest.mark.fidelity(
    "MaxResults with ids is InvalidParameterCombination", source="EC2 API reference, DescribeInstances, MaxResults"
)
def test_ids_and_a_page_size_exclude_each_other(aws, vpcs, refused):
    assert refused(aws.ec2.describe_vpcs, VpcIds=vpcs["ids"], MaxResults=5) == "InvalidParameterCombination"


@pytest.mark.fidelity(
    "Of DescribeInstances' ids EC2 says: The parameter instancesSet cannot be used with the parameter maxResults",
    source="seen in practitioners' reports; EC2 API reference, DescribeInstances, MaxResults",
)
def test_ids_of_instances_go_by_an_older_name(aws, consumer):
    instance = aws.instance(consumer["subnets"]["a"])
    with pytest.raises(ClientError, match="The parameter instancesSet cannot be used with the parameter maxResults"):
        aws.ec2.describe_instances(InstanceIds=[instance], MaxResults=5)


@pytest.mark.fidelity("A token that EC2 never gave is InvalidNextToken", source="EC2 API reference, error codes")
def test_a_foreign_token_is_refused(aws, refused):
    assert refused(aws.ec2.describe_vpcs, NextToken="nobody gave this") == "InvalidNextToken"


@pytest.mark.fidelity(
    "Load balancing lists come in pages of PageSize items, at most 400; NextMarker asks for the next",
    source="elbv2 API reference, DescribeTargetGroups",
)
def test_load_balancing_lists_come_in_pages(aws, refused):
    vpc = aws.vpc()
    made = {aws.target_group(vpc) for _ in range(3)}
    found, marker = set(), {}
    while True:
        page = aws.elbv2.describe_target_groups(PageSize=1, **marker)
        assert len(page["TargetGroups"]) == 1
        found |= {group["TargetGroupArn"] for group in page["TargetGroups"]}
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}
    assert made <= found
    for operation in ("describe_load_balancers", "describe_target_groups"):
        assert refused(getattr(aws.elbv2, operation), PageSize=401) == "ValidationError"


@pytest.mark.fidelity(
    "Up to 400 load balancers are returned in one page", source="elbv2 API reference, DescribeLoadBalancers, PageSize"
)
def test_load_balancers_are_told_at_once(aws):
    subnet = aws.subnet(aws.vpc())
    made = {
        aws.elbv2.create_load_balancer(Name=aws.name("many"), Subnets=[subnet], Type="network", Scheme="internal")[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        for _ in range(51)
    }
    page = aws.elbv2.describe_load_balancers()
    assert made <= {balancer["LoadBalancerArn"] for balancer in page["LoadBalancers"]}
    for arn in made:
        aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)


@pytest.mark.fidelity(
    "IAM lists say IsTruncated and give a Marker while there is more", source="IAM API reference, ListInstanceProfiles"
)
def test_iam_lists_come_in_pages(aws):
    names = {aws.profile() for _ in range(3)}
    paginator = aws.iam.get_paginator("list_instance_profiles")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert names <= {profile["InstanceProfileName"] for page in pages for profile in page["InstanceProfiles"]}


@pytest.mark.fidelity("A path begins and ends with a slash", source="IAM API reference, CreateInstanceProfile, Path")
def test_the_path_of_an_instance_profile_is_in_slashes(aws, refused):
    name = aws.name("profile")
    assert refused(aws.iam.create_instance_profile, InstanceProfileName=name, Path="my-path") == "ValidationError"
    aws.iam.create_instance_profile(InstanceProfileName=name, Path="/my-path/")
    below = aws.iam.list_instance_profiles(PathPrefix="/my-")["InstanceProfiles"]
    assert [profile["InstanceProfileName"] for profile in below] == [name]


@pytest.mark.fidelity(
    "Route 53 returns hosted zones in pages of at most 100", source="Route 53 API reference, ListHostedZones, MaxItems"
)
def test_hosted_zones_come_in_pages(aws):
    made = {
        aws.route53.create_hosted_zone(Name=f"z{n}.paged.test", CallerReference=aws.name("ref"))["HostedZone"]["Id"]
        for n in range(3)
    }
    pages = list(aws.route53.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) > 1
    assert made <= {zone["Id"] for page in pages for zone in page["HostedZones"]}
