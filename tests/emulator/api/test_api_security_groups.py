"""Security groups."""

import pytest


def rules(*, cidr="10.0.0.0/8", port=80):
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


def default_of(aws, vpc):
    found = aws.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    return next(group for group in found if group["GroupName"] == "default")


@pytest.mark.fidelity(
    "A VPC's default group admits what carries the group itself, and lets everything out",
    source="VPC user guide, default security groups",
)
def test_the_default_group_admits_itself(aws):
    group = default_of(aws, aws.vpc())
    (inward,), (outward,) = group["IpPermissions"], group["IpPermissionsEgress"]
    assert (inward["IpProtocol"], inward["IpRanges"]) == ("-1", [])
    assert [pair["GroupId"] for pair in inward["UserIdGroupPairs"]] == [group["GroupId"]]
    assert [pair["UserId"] for pair in inward["UserIdGroupPairs"]] == [group["OwnerId"]]
    assert (outward["IpProtocol"], outward["IpRanges"]) == ("-1", [{"CidrIp": "0.0.0.0/0"}])


@pytest.mark.fidelity(
    "A group of one's own admits nothing at first, and lets everything out",
    source="VPC user guide, security groups",
)
def test_a_new_group_admits_nothing(aws):
    (group,) = aws.ec2.describe_security_groups(GroupIds=[aws.group(aws.vpc())])["SecurityGroups"]
    assert group["IpPermissions"] == []
    assert [rule["IpProtocol"] for rule in group["IpPermissionsEgress"]] == ["-1"]


@pytest.mark.fidelity(
    "A VPC has one group of a name, without regard to case: InvalidGroup.Duplicate; another VPC may have it too",
    source="EC2 API reference, CreateSecurityGroup",
)
def test_names_are_told_apart_without_regard_to_case(aws, refused):
    create, vpc = aws.ec2.create_security_group, aws.vpc()
    create(GroupName="Web", Description="d", VpcId=vpc)
    for name in ("Web", "web"):
        assert refused(create, GroupName=name, Description="d", VpcId=vpc) == "InvalidGroup.Duplicate"
    assert create(GroupName="web", Description="d", VpcId=aws.vpc())["GroupId"]


@pytest.mark.parametrize("name", ["sg-web", "default", "w" * 256])
@pytest.mark.fidelity(
    "A group cannot be called default or sg-…, nor have more than 255 characters: InvalidParameterValue",
    source="EC2 API reference, CreateSecurityGroup",
)
def test_some_names_cannot_be_given(aws, refused, name):
    call = {"GroupName": name, "Description": "d", "VpcId": aws.vpc()}
    assert refused(aws.ec2.create_security_group, **call) == "InvalidParameterValue"


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.fidelity(
    "All rules of a call are created and returned, each with its group's owner, or none",
    source="EC2 API reference, AuthorizeSecurityGroupIngress and SecurityGroupRule; that none is made is believed",
)
def test_a_calls_rules_are_made_together(aws, refused, direction):
    group = aws.group(aws.vpc())
    authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
    told = authorize(GroupId=group, IpPermissions=[*rules(port=80), *rules(port=81)])["SecurityGroupRules"]
    assert [rule["FromPort"] for rule in told] == [80, 81]
    assert {rule["GroupOwnerId"] for rule in told} == {aws.sts.get_caller_identity()["Account"]}
    assert {rule["IsEgress"] for rule in told} == {direction == "egress"}
    again = {"GroupId": group, "IpPermissions": [*rules(port=82), *rules(port=80)]}
    assert refused(authorize, **again) == "InvalidPermission.Duplicate"
    found = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    ports = [rule["FromPort"] for rule in found["SecurityGroupRules"] if rule["IpProtocol"] == "tcp"]
    assert sorted(ports) == [80, 81]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.fidelity(
    "A rule that is there already is InvalidPermission.Duplicate; revoking one that is not is "
    "InvalidPermission.NotFound",
    source="EC2 API reference, error codes",
)
def test_a_rule_is_there_once(aws, refused, direction):
    group = aws.group(aws.vpc())
    authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
    revoke = getattr(aws.ec2, f"revoke_security_group_{direction}")
    authorize(GroupId=group, IpPermissions=rules())
    assert refused(authorize, GroupId=group, IpPermissions=rules()) == "InvalidPermission.Duplicate"
    revoke(GroupId=group, IpPermissions=rules())
    assert refused(revoke, GroupId=group, IpPermissions=rules()) == "InvalidPermission.NotFound"


@pytest.mark.fidelity("The default group cannot be deleted: CannotDelete", source="EC2 API reference, error codes")
def test_the_default_group_cannot_be_deleted(aws, refused):
    group = default_of(aws, aws.vpc())["GroupId"]
    assert refused(aws.ec2.delete_security_group, GroupId=group) == "CannotDelete"
