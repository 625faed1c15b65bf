"""What cannot be deleted because something still needs it."""

import pytest


def rule(group):
    return [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]


def nat_gateway(aws, vpc, subnet):
    igw = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    eip = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=eip)["NatGateway"]["NatGatewayId"]
    return igw, eip, nat


@pytest.mark.fidelity(
    "A security group on an interface and a subnet with one cannot be deleted: DependencyViolation, until the "
    "instance has terminated",
    source="EC2 API reference, error codes",
)
def test_a_group_on_an_interface_stays(aws, refused):
    vpc = aws.vpc()
    group, subnet = aws.group(vpc), aws.subnet(vpc)
    instance = aws.instance(subnet, SecurityGroupIds=[group])
    assert refused(aws.ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert refused(aws.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert refused(aws.ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    aws.wait(45)
    aws.ec2.delete_security_group(GroupId=group)
    aws.ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.fidelity(
    "An instance's groups can be changed while it runs; the old one is then free to go",
    source="EC2 API reference, ModifyInstanceAttribute",
)
def test_a_group_swapped_out_of_its_instance_can_go(aws):
    vpc = aws.vpc()
    first, second = aws.group(vpc), aws.group(vpc)
    instance = aws.instance(aws.subnet(vpc), SecurityGroupIds=[first])
    aws.ec2.modify_instance_attribute(InstanceId=instance, Groups=[second])
    (interface,) = aws.interfaces(vpc_id=vpc)
    assert [g["GroupId"] for g in interface["Groups"]] == [second]
    aws.ec2.delete_security_group(GroupId=first)


@pytest.mark.fidelity(
    "A security group that another's rule names cannot be deleted: DependencyViolation",
    source="EC2 API reference, error codes",
)
def test_a_group_that_another_refers_to_stays(aws, refused):
    vpc = aws.vpc()
    first, second = aws.group(vpc), aws.group(vpc)
    aws.ec2.authorize_security_group_ingress(GroupId=second, IpPermissions=rule(first))
    assert refused(aws.ec2.delete_security_group, GroupId=first) == "DependencyViolation"
    aws.ec2.revoke_security_group_ingress(GroupId=second, IpPermissions=rule(first))
    aws.ec2.delete_security_group(GroupId=first)


@pytest.mark.fidelity(
    "An internet gateway cannot be detached while public addresses are mapped, nor deleted while attached: "
    "DependencyViolation",
    source="EC2 API reference, error codes",
)
def test_a_gateway_stays_attached_while_public_addresses_are_mapped(aws, refused):
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    igw, _, nat = nat_gateway(aws, vpc, subnet)
    detach = aws.ec2.detach_internet_gateway
    assert refused(detach, InternetGatewayId=igw, VpcId=vpc) == "DependencyViolation"
    assert refused(aws.ec2.delete_internet_gateway, InternetGatewayId=igw) == "DependencyViolation"
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    aws.wait(60)
    detach(InternetGatewayId=igw, VpcId=vpc)
    aws.ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.fidelity(
    "A VPC with a gateway, a group of one's own or a subnet cannot be deleted: DependencyViolation",
    source="EC2 API reference, DeleteVpc",
)
def test_a_vpc_goes_only_when_it_is_empty(aws, refused):
    vpc = aws.vpc()
    delete = aws.ec2.delete_vpc
    igw = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    assert refused(delete, VpcId=vpc) == "DependencyViolation"
    aws.ec2.detach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    group = aws.group(vpc)
    assert refused(delete, VpcId=vpc) == "DependencyViolation"
    aws.ec2.delete_security_group(GroupId=group)
    subnet = aws.subnet(vpc)
    assert refused(delete, VpcId=vpc) == "DependencyViolation"
    aws.ec2.delete_subnet(SubnetId=subnet)
    delete(VpcId=vpc)


@pytest.mark.fidelity(
    "An associated route table cannot be deleted: DependencyViolation; a subnet's association goes with it",
    source="EC2 API reference, DeleteRouteTable",
)
def test_route_tables_stay_while_associated_and_associations_die_with_their_subnet(aws, refused):
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    table = aws.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert refused(aws.ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    aws.ec2.delete_subnet(SubnetId=subnet)
    assert aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"] == []
    aws.ec2.delete_route_table(RouteTableId=table)


@pytest.mark.fidelity(
    "A profile has one role (LimitExceeded); a role in a profile or with a policy, and a profile with a role, "
    "cannot be deleted: DeleteConflict",
    source="IAM API reference, AddRoleToInstanceProfile, DeleteRole and DeleteInstanceProfile",
)
def test_roles_and_profiles_hold_each_other(aws, refused):
    name, other = aws.profile("AmazonSSMManagedInstanceCore"), aws.profile()
    iam = aws.iam
    assert refused(iam.delete_role, RoleName=name) == "DeleteConflict"
    assert refused(iam.delete_instance_profile, InstanceProfileName=name) == "DeleteConflict"
    add, remove = iam.add_role_to_instance_profile, iam.remove_role_from_instance_profile
    assert refused(add, InstanceProfileName=name, RoleName=name) == "LimitExceeded"
    assert refused(remove, InstanceProfileName=name, RoleName=other) == "NoSuchEntity"
    remove(InstanceProfileName=name, RoleName=name)
    assert refused(iam.delete_role, RoleName=name) == "DeleteConflict"


@pytest.mark.fidelity(
    "An interface that a service owns cannot be deleted: InvalidParameterValue, it is currently in use",
    source="EC2 API reference, DeleteNetworkInterface",
)
def test_a_services_interface_cannot_be_deleted_by_the_account(aws, provider, refused):
    (interface, *_) = aws.interfaces(subnet_id=provider["subnets"][0])
    code = refused(aws.ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert code == "InvalidParameterValue"
