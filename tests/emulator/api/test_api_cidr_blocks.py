"""CIDR blocks that are written with bits of a host in them."""

import pytest

LOOSE, CANONICAL = "100.68.0.18/18", "100.68.0.0/18"


@pytest.mark.fidelity(
    "The block of a VPC or a subnet is put in its canonical form: 100.68.0.18/18 is 100.68.0.0/18",
    source="EC2 API reference, CreateVpc and CreateSubnet; of AssociateVpcCidrBlock it is believed",
)
def test_the_blocks_of_vpcs_and_subnets_are_canonical(aws, refused):
    vpc = aws.ec2.create_vpc(CidrBlock="10.250.1.1/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.250.0.0/16"
    added = aws.ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock=LOOSE)["CidrBlockAssociation"]
    assert added["CidrBlock"] == CANONICAL
    subnet = aws.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.250.1.77/24")["Subnet"]
    assert subnet["CidrBlock"] == "10.250.1.0/24"
    again = {"VpcId": vpc["VpcId"], "CidrBlock": "10.250.1.78/24"}
    assert refused(aws.ec2.create_subnet, **again) == "InvalidSubnet.Conflict"


@pytest.mark.fidelity(
    "The destination of a new route is put in its canonical form; to delete or replace it, it is written so",
    source="EC2 API reference, CreateRoute, DeleteRoute and ReplaceRoute",
)
def test_a_route_is_made_canonical_and_found_by_exactly_that(aws, refused):
    vpc = aws.vpc()
    gateway, table = aws.gateway(vpc), aws.route_table(vpc)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=LOOSE, GatewayId=gateway)
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert CANONICAL in [route["DestinationCidrBlock"] for route in seen["Routes"]]
    loose, canonical = ({"RouteTableId": table, "DestinationCidrBlock": cidr} for cidr in (LOOSE, CANONICAL))
    assert refused(aws.ec2.replace_route, **loose, GatewayId=gateway) == "InvalidParameterValue"
    assert refused(aws.ec2.delete_route, **loose) == "InvalidRoute.NotFound"
    aws.ec2.replace_route(**canonical, GatewayId=gateway)
    aws.ec2.delete_route(**canonical)


@pytest.mark.fidelity(
    "The block of a network ACL's entry is put in its canonical form",
    source="EC2 API reference, CreateNetworkAclEntry; of ReplaceNetworkAclEntry it is believed",
)
def test_the_blocks_of_acl_entries_are_canonical(aws):
    acl = aws.ec2.create_network_acl(VpcId=aws.vpc())["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": False}
    for change, block in ((aws.ec2.create_network_acl_entry, LOOSE), (aws.ec2.replace_network_acl_entry, "10.1.2.3/8")):
        change(**entry, CidrBlock=block)
    (seen,) = aws.ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    assert [each["CidrBlock"] for each in seen["Entries"]] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("direction", "ranges", "name", "block", "kept"),
    [
        ("ingress", "IpRanges", "CidrIp", LOOSE, CANONICAL),
        ("egress", "IpRanges", "CidrIp", LOOSE, CANONICAL),
        ("ingress", "Ipv6Ranges", "CidrIpv6", "2001:DB8::1/32", "2001:db8::/32"),
    ],
)
@pytest.mark.fidelity(
    "The block of a security group's rule, of either version of IP, is put in its canonical form, also to revoke it",
    source="EC2 API reference, AuthorizeSecurityGroupIngress and RevokeSecurityGroupIngress",
)
def test_the_blocks_of_group_rules_are_canonical(aws, refused, direction, ranges, name, block, kept):
    group = aws.group(aws.vpc())
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, ranges: [{name: block}]}
    rule = {"GroupId": group, "IpPermissions": [permission]}

    def kept_blocks():
        (seen,) = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        rules = seen["IpPermissions" if direction == "ingress" else "IpPermissionsEgress"]
        return [each[name] for rule in rules if rule.get("FromPort") == 80 for each in rule[ranges]]

    authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
    authorize(**rule)
    assert kept_blocks() == [kept]
    assert refused(authorize, **rule) == "InvalidPermission.Duplicate"
    getattr(aws.ec2, f"revoke_security_group_{direction}")(**rule)
    assert kept_blocks() == []


@pytest.mark.parametrize("block", ["10.0.0.0/33", "ten/16"])
@pytest.mark.fidelity("What is no block is InvalidParameterValue", source="EC2 API reference, error codes")
def test_what_is_no_block_is_refused(aws, refused, block):
    assert refused(aws.ec2.create_vpc, CidrBlock=block) == "InvalidParameterValue"
