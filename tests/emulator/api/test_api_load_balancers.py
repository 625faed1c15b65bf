"""Network load balancers."""

import ipaddress
import re

import pytest
from botocore.exceptions import ClientError

CROSS_ZONE = "load_balancing.cross_zone.enabled"


@pytest.mark.fidelity(
    "A network load balancer's ARN says net, its DNS name ends with elb.<region>.amazonaws.com, its hosted zone "
    "is the region's",
    source="NLB user guide; elbv2 API reference, LoadBalancer",
)
def test_a_network_load_balancer_has_names_of_its_kind(aws, provider):
    (seen,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[provider["balancer"]])["LoadBalancers"]
    name, digits = re.fullmatch(r".*:loadbalancer/net/([\w-]+)/([0-9a-f]{16})", seen["LoadBalancerArn"]).groups()
    assert name == seen["LoadBalancerName"]
    assert seen["DNSName"] == f"{name}-{digits}.elb.ap-northeast-1.amazonaws.com"
    assert seen["CanonicalHostedZoneId"] == "Z31USIVHYNEOWT"


@pytest.mark.fidelity(
    "A load balancer is provisioning for about two minutes, then active",
    source="elbv2 API reference, LoadBalancerState",
)
def test_it_is_provisioning_before_it_is_active(aws):
    made = aws.elbv2.create_load_balancer(
        Name=aws.name("nlb"), Subnets=[aws.subnet(aws.vpc())], Type="network", Scheme="internal"
    )
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]

    def state():
        return aws.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["State"]["Code"]

    assert (made["LoadBalancers"][0]["State"]["Code"], state(), state()) == ("provisioning",) * 3
    aws.wait(120)
    assert state() == "active"


@pytest.mark.fidelity(
    "A network load balancer has one interface in each zone, of type network_load_balancer, described as ELB "
    "net/…, owned by amazon-aws",
    source="NLB user guide, network interfaces",
)
def test_it_has_a_node_in_each_zone(aws, provider):
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


@pytest.mark.fidelity(
    "The same create again gives the existing load balancer or target group; other settings or tags are "
    "DuplicateLoadBalancerName or DuplicateTargetGroupName",
    source="elbv2 API reference, CreateLoadBalancer and CreateTargetGroup",
)
def test_the_same_create_again_gives_the_existing_one(aws, refused):
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


@pytest.mark.fidelity(
    "Cross-zone load balancing is off on a new network load balancer, and its target groups use the load "
    "balancer's setting",
    source="elbv2 API reference, LoadBalancerAttribute and TargetGroupAttribute",
)
def test_fresh_attributes_leave_cross_zone_to_the_load_balancer_which_has_it_off(aws, provider):
    of_balancer = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=provider["balancer"])["Attributes"]
    group = aws.target_group(provider["vpc"])
    of_group = aws.elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    assert {a["Key"]: a["Value"] for a in of_balancer}[CROSS_ZONE] == "false"
    assert {a["Key"]: a["Value"] for a in of_group}[CROSS_ZONE] == "use_load_balancer_configuration"


@pytest.mark.fidelity(
    "A load balancer with deletion protection cannot be deleted: OperationNotPermitted",
    source="elbv2 API reference, DeleteLoadBalancer",
)
def test_a_protected_load_balancer_cannot_be_deleted(aws, refused):
    arn = aws.balancer(aws.subnet(aws.vpc()))
    protect = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protect)
    assert refused(aws.elbv2.delete_load_balancer, LoadBalancerArn=arn) == "OperationNotPermitted"


@pytest.mark.fidelity(
    "A load balancer behind an endpoint service cannot be deleted: ResourceInUse",
    source="seen: logs of Terraform, … cannot be deleted because it is currently associated with another service",
)
def test_a_load_balancer_behind_a_service_cannot_be_deleted(aws, provider, refused):
    delete, arn = aws.elbv2.delete_load_balancer, provider["balancer"]
    assert refused(delete, LoadBalancerArn=arn) == "ResourceInUse"
    aws.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[provider["service"]["ServiceId"]])
    delete(LoadBalancerArn=arn)


@pytest.mark.fidelity(
    "Deleting a load balancer that is not there succeeds",
    source="elbv2 API reference, DeleteLoadBalancer",
)
def test_deleting_an_unknown_load_balancer_succeeds(aws, provider):
    aws.elbv2.delete_load_balancer(LoadBalancerArn=provider["balancer"][:-4] + "0000")


@pytest.mark.fidelity(
    "A load balancer's interfaces outlive it, and hold their subnets and groups meanwhile",
    source="seen: Terraform waits for them up to five minutes",
)
def test_nodes_outlive_their_load_balancer_a_while(aws, refused):
    vpc = aws.vpc()
    subnet, group = aws.subnet(vpc), aws.group(vpc)
    aws.elbv2.delete_load_balancer(LoadBalancerArn=aws.balancer(subnet, SecurityGroups=[group]))
    assert refused(aws.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refused(aws.ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    aws.wait(60)
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_security_group(GroupId=group)


@pytest.mark.fidelity(
    "A network load balancer's zones can be enabled and disabled, but not disabled while an endpoint is attached:"
    " ResourceInUse",
    source="NLB user guide, availability zones",
)
@pytest.mark.fidelity(
    "An endpoint service keeps the zones that its load balancer had when the two were associated",
    source="seen: hashicorp/terraform-provider-aws#40809; no page says so",
    differs="the service's zones are always those of its load balancer",
)
def test_zones_can_be_enabled_and_disabled_unless_an_endpoint_is_attached(aws, provider, consumer, refused):
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


@pytest.mark.fidelity(
    "A network load balancer made without security groups never gets any: InvalidConfigurationRequest",
    source="NLB user guide, security groups",
)
def test_a_load_balancer_born_without_groups_never_gets_any(aws, provider, refused):
    group = aws.group(provider["vpc"])
    code = refused(aws.elbv2.set_security_groups, LoadBalancerArn=provider["balancer"], SecurityGroups=[group])
    assert code == "InvalidConfigurationRequest"


@pytest.mark.parametrize("name", ["a" * 33, "-a", "a-", "a_b", "internal-a"])
@pytest.mark.fidelity(
    "A load balancer's name has at most 32 letters, digits and hyphens, none at either end, and does not begin with "
    "internal-: ValidationError",
    source="elbv2 API reference, CreateLoadBalancer",
)
def test_some_names_cannot_be_given(aws, refused, name):
    call = {"Name": name, "Subnets": [aws.subnet(aws.vpc())], "Type": "network", "Scheme": "internal"}
    assert refused(aws.elbv2.create_load_balancer, **call) == "ValidationError"


@pytest.mark.fidelity(
    "An internet-facing network load balancer needs an internet gateway on its VPC: InvalidSubnet",
    source="elbv2 API reference, CreateLoadBalancer; seen: VPC … has no internet gateway",
)
def test_an_internet_facing_one_needs_an_internet_gateway(aws, refused):
    vpc = aws.vpc()
    call = {"Name": aws.name("nlb"), "Subnets": [aws.subnet(vpc)], "Type": "network"}
    assert refused(aws.elbv2.create_load_balancer, **call) == "InvalidSubnet"
    aws.gateway(vpc)
    made = aws.elbv2.create_load_balancer(**call)["LoadBalancers"][0]
    assert made["Scheme"] == "internet-facing"


@pytest.mark.fidelity(
    "Subnets and security groups that are not there are SubnetNotFound and InvalidSecurityGroup, two subnets of one "
    "zone InvalidConfigurationRequest",
    source="elbv2 API reference, CreateLoadBalancer",
)
def test_it_is_made_of_what_is_there(aws, refused):
    vpc = aws.vpc()
    subnet, twin = aws.subnet(vpc), aws.subnet(vpc, 1)
    create, nlb = aws.elbv2.create_load_balancer, {"Name": aws.name("nlb"), "Type": "network", "Scheme": "internal"}
    assert refused(create, **nlb, Subnets=["subnet-00000000000000000"]) == "SubnetNotFound"
    lost = ["sg-00000000000000000"]
    assert refused(create, **nlb, Subnets=[subnet], SecurityGroups=lost) == "InvalidSecurityGroup"
    with pytest.raises(ClientError, match="multiple subnets in the same Availability Zone") as caught:
        create(**nlb, Subnets=[subnet, twin])
    assert caught.value.response["Error"]["Code"] == "InvalidConfigurationRequest"
    assert refused(create, **nlb, Subnets=[subnet], IpAddressType="ipv6") == "ValidationError"


@pytest.mark.fidelity(
    "Another subnet of the same zone takes the place of the first once the first is dropped, with a new interface and "
    "a new address",
    source="NLB user guide, availability zones",
)
def test_a_zones_subnet_is_changed_by_dropping_it_first(aws, refused):
    vpc = aws.vpc()
    first, twin, other = aws.subnet(vpc), aws.subnet(vpc, 1), aws.subnet(vpc, 2, "c")
    arn, change = aws.balancer(first, other), aws.elbv2.set_subnets
    assert refused(change, LoadBalancerArn=arn, Subnets=[first, twin]) == "InvalidConfigurationRequest"
    assert refused(change, LoadBalancerArn=arn, Subnets=["subnet-00000000000000000"]) == "SubnetNotFound"
    (old,) = aws.interfaces(subnet_id=first)
    change(LoadBalancerArn=arn, Subnets=[other])
    zones = change(LoadBalancerArn=arn, Subnets=[other, twin])["AvailabilityZones"]
    assert {zone["SubnetId"] for zone in zones} == {other, twin}
    aws.wait(60)
    (new,) = aws.interfaces(subnet_id=twin)
    assert aws.interfaces(subnet_id=first) == []
    assert new["NetworkInterfaceId"] != old["NetworkInterfaceId"]


@pytest.mark.fidelity(
    "A network load balancer made with security groups can swap them, on its interfaces too, but not be left without",
    source="NLB user guide, security groups",
)
def test_groups_can_be_swapped_but_not_emptied(aws, refused):
    vpc = aws.vpc()
    subnet, first, second = aws.subnet(vpc), aws.group(vpc), aws.group(vpc)
    arn, swap = aws.balancer(subnet, SecurityGroups=[first]), aws.elbv2.set_security_groups
    assert swap(LoadBalancerArn=arn, SecurityGroups=[second])["SecurityGroupIds"] == [second]
    (interface,) = aws.interfaces(subnet_id=subnet)
    assert [group["GroupId"] for group in interface["Groups"]] == [second]
    assert refused(swap, LoadBalancerArn=arn, SecurityGroups=[]) == "InvalidConfigurationRequest"
    assert refused(swap, LoadBalancerArn=arn, SecurityGroups=["sg-00000000000000000"]) == "InvalidSecurityGroup"


@pytest.mark.fidelity(
    "Whether its groups' inbound rules see what comes by PrivateLink is on for a load balancer with groups, set by "
    "SetSecurityGroups, and absent for one without",
    source="NLB user guide, security groups; elbv2 API reference, SetSecurityGroups",
)
def test_enforcement_on_privatelink_traffic_is_on_until_it_is_set(aws):
    vpc, member = aws.vpc(), "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    group = aws.group(vpc)
    arn, without = aws.balancer(aws.subnet(vpc), SecurityGroups=[group]), aws.balancer(aws.subnet(vpc, 1))

    def seen(which):
        return aws.elbv2.describe_load_balancers(LoadBalancerArns=[which])["LoadBalancers"][0]

    assert (seen(arn)[member], member in seen(without)) == ("on", False)
    change = {"LoadBalancerArn": arn, "SecurityGroups": [group]}
    answer = aws.elbv2.set_security_groups(**change, **{member: "off"})
    assert (answer[member], seen(arn)[member]) == ("off", "off")
    aws.elbv2.set_security_groups(**change)
    assert seen(arn)[member] == "off"


@pytest.mark.fidelity(
    "An unknown attribute is refused, and so is a switch that is neither true nor false",
    source="elbv2 API reference, ModifyLoadBalancerAttributes",
)
def test_unknown_attributes_are_refused(aws, provider, refused):
    def changed(key, value):
        attributes = [{"Key": key, "Value": value}]
        call = {"LoadBalancerArn": provider["balancer"], "Attributes": attributes}
        return refused(aws.elbv2.modify_load_balancer_attributes, **call)

    assert changed("nonsense", "true") == "InvalidConfigurationRequest"
    assert changed(CROSS_ZONE, "perhaps") == "ValidationError"


@pytest.mark.fidelity(
    "DescribeTags of a load balancer that is gone is LoadBalancerNotFound", source="elbv2 API reference, DescribeTags"
)
def test_what_is_gone_has_no_tags(aws, refused):
    arn = aws.balancer(aws.subnet(aws.vpc()), Tags=[{"Key": "a", "Value": "b"}])
    (told,) = aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert told["Tags"] == [{"Key": "a", "Value": "b"}]
    aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert refused(aws.elbv2.describe_tags, ResourceArns=[arn]) == "LoadBalancerNotFound"


@pytest.mark.fidelity(
    "A load balancer or listener that is asked for and not there is NotFound, whatever else is asked for",
    source="elbv2 API reference, DescribeLoadBalancers and DescribeListeners",
)
def test_what_is_not_there_is_not_found(aws, provider, refused):
    arn = provider["balancer"]
    listener = aws.listener(arn, aws.target_group(provider["vpc"]))
    name = aws.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["LoadBalancerName"]
    describe, lost = aws.elbv2.describe_load_balancers, f"{arn[:-4]}0000"
    assert describe(Names=[name])["LoadBalancers"][0]["LoadBalancerArn"] == arn
    assert refused(describe, Names=[name, "nobodys"]) == "LoadBalancerNotFound"
    assert refused(describe, LoadBalancerArns=[arn, lost]) == "LoadBalancerNotFound"
    both = [listener, f"{listener[:-4]}0000"]
    assert refused(aws.elbv2.describe_listeners, ListenerArns=both) == "ListenerNotFound"
