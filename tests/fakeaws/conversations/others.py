"""Roles, names, parameters, and a whole lab."""

import json
from collections.abc import Mapping, Sequence

from tests.fakeaws.conversations.steps import (
    SSM_POLICY,
    TRUST,
    Step,
    balancer,
    ec2,
    elbv2,
    endpoint,
    group,
    iam,
    instance,
    listener,
    record,
    route53,
    seen_balancer,
    seen_endpoint,
    service,
    ssm,
    subnet,
    table,
    target_group,
    targets,
    vpc,
    zone,
)

PROFILE = "c-profile"
OTHER_TRUST = TRUST.replace("ec2.amazonaws", "ssm.amazonaws")
INLINE = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]}
)

IDENTITY: Mapping[str, Sequence[Step]] = {
    "roles": [
        iam("CreateRole", RoleName="c-role", Path="/c/", AssumeRolePolicyDocument=TRUST),
        iam("CreateRole", RoleName="c-role", Path="/c/", AssumeRolePolicyDocument=TRUST),
        iam("ListRoles", PathPrefix="/c/"),
        iam("AttachRolePolicy", RoleName="c-role", PolicyArn=SSM_POLICY),
        iam("AttachRolePolicy", RoleName="c-role", PolicyArn=SSM_POLICY),
        iam("ListEntitiesForPolicy", PolicyArn=SSM_POLICY, EntityFilter="Role", PathPrefix="/c/"),
        iam("ListAttachedRolePolicies", RoleName="c-role"),
        iam("DeleteRole", RoleName="c-role"),
        iam("DetachRolePolicy", RoleName="c-role", PolicyArn=SSM_POLICY),
        iam("DetachRolePolicy", RoleName="c-role", PolicyArn=SSM_POLICY),
        iam("PutRolePolicy", RoleName="c-role", PolicyName="own", PolicyDocument=INLINE),
        iam("ListRolePolicies", RoleName="c-role"),
        iam("DeleteRolePolicy", RoleName="c-role", PolicyName="own"),
        iam("UpdateAssumeRolePolicy", RoleName="c-role", PolicyDocument=OTHER_TRUST),
        iam("DeleteRole", RoleName="c-role"),
        iam("DeleteRole", RoleName="c-role"),
        iam("GetRole", RoleName="c-role"),
    ],
    "instance profiles": [
        iam("CreateInstanceProfile", InstanceProfileName=PROFILE, Path="/p/"),
        iam("CreateInstanceProfile", InstanceProfileName=PROFILE, Path="/p/"),
        iam("AddRoleToInstanceProfile", InstanceProfileName=PROFILE, RoleName="nobodys"),
        iam("CreateRole", RoleName="c-in", AssumeRolePolicyDocument=TRUST),
        iam("CreateRole", RoleName="c-in-2", AssumeRolePolicyDocument=TRUST),
        iam("AddRoleToInstanceProfile", InstanceProfileName=PROFILE, RoleName="c-in"),
        iam("AddRoleToInstanceProfile", InstanceProfileName=PROFILE, RoleName="c-in"),
        iam("AddRoleToInstanceProfile", InstanceProfileName=PROFILE, RoleName="c-in-2"),
        iam("ListInstanceProfiles", PathPrefix="/p/"),
        iam("DeleteInstanceProfile", InstanceProfileName=PROFILE),
        iam("DeleteRole", RoleName="c-in"),
        iam("RemoveRoleFromInstanceProfile", InstanceProfileName=PROFILE, RoleName="c-in"),
        iam("RemoveRoleFromInstanceProfile", InstanceProfileName=PROFILE, RoleName="c-in"),
        iam("DeleteInstanceProfile", InstanceProfileName=PROFILE),
        iam("DeleteInstanceProfile", InstanceProfileName=PROFILE),
        iam("DeleteRole", RoleName="c-in"),
    ],
    "instance profiles of a path": [
        iam("CreateInstanceProfile", InstanceProfileName="c-here", Path="/here/"),
        iam("CreateInstanceProfile", InstanceProfileName="c-there", Path="/there/"),
        iam("ListInstanceProfiles", PathPrefix="/here/"),
        iam("DeleteInstanceProfile", InstanceProfileName="c-here"),
        iam("DeleteInstanceProfile", InstanceProfileName="c-there"),
    ],
}


def associated(verb: str, vpc: str) -> Step:
    return route53(verb, HostedZoneId="$zone", VPC={"VPCRegion": "ap-northeast-1", "VPCId": vpc})


def listed() -> Step:
    return route53("ListResourceRecordSets", HostedZoneId="$zone")


NAMES: Mapping[str, Sequence[Step]] = {
    "hosted zones": [
        vpc(),
        vpc("other"),
        zone("c-1"),
        zone("c-1", keep=""),
        zone("c-2", keep=""),
        zone("c-3", vpc="$other", keep="second"),
        associated("AssociateVPCWithHostedZone", "$other"),
        route53("DeleteHostedZone", Id="$second"),
        associated("AssociateVPCWithHostedZone", "$other"),
        route53("GetHostedZone", Id="$zone"),
        associated("DisassociateVPCFromHostedZone", "$vpc"),
        associated("DisassociateVPCFromHostedZone", "$vpc"),
        associated("DisassociateVPCFromHostedZone", "$other"),
        route53("UpdateHostedZoneComment", Id="$zone", Comment="new"),
        route53("GetHostedZone", Id="$zone"),
        route53("DeleteHostedZone", Id="$zone"),
        route53("DeleteHostedZone", Id="$zone"),
    ],
    "a hosted zone of an unknown VPC": [zone("c-lost", vpc="vpc-00000000000000000")],
    "a record that is created twice": [vpc(), zone("c-twice"), record("CREATE"), record("CREATE")],
    "records": [
        vpc(),
        zone("c-records"),
        record("UPSERT"),
        record("UPSERT"),
        listed(),
        route53("DeleteHostedZone", Id="$zone"),
        record("DELETE", ttl=61),
        record("DELETE"),
        record("DELETE"),
        listed(),
        route53("DeleteHostedZone", Id="$zone"),
    ],
}


def put(value: str, **more: object) -> Step:
    return ssm("PutParameter", Name="/c/lease", Value=value, Type="String", **more)


SYSTEMS: Mapping[str, Sequence[Step]] = {
    "parameters": [
        ssm("GetParameter", Name="/c/lease"),
        put("one"),
        put("two"),
        ssm("GetParameter", Name="/c/lease"),
        put("three", Overwrite=True),
        ssm("GetParameter", Name="/c/lease"),
        put("four", Overwrite=True, Tags=[{"Key": "a", "Value": "b"}]),
        ssm("DeleteParameter", Name="/c/lease"),
        ssm("DeleteParameter", Name="/c/lease"),
        put("five"),
    ],
    "a parameter with a name of AWS's": [
        ssm("PutParameter", Name="/aws/mine", Value="x", Type="String"),
    ],
}

A_LAB: Mapping[str, Sequence[Step]] = {
    "a whole lab, built and taken down": [
        vpc(),
        subnet(),
        subnet(10, "private", zone=0),
        *[ec2("CreateInternetGateway", "igw"), ec2("AttachInternetGateway", InternetGatewayId="$igw", VpcId="$vpc")],
        ec2("AllocateAddress", "eip", Domain="vpc"),
        ec2("CreateNatGateway", "nat", SubnetId="$subnet", AllocationId="$eip"),
        ec2("DescribeNatGateways", NatGatewayIds=["$nat"]),
        table(),
        ec2("CreateRoute", RouteTableId="$table", DestinationCidrBlock="0.0.0.0/0", NatGatewayId="$nat"),
        ec2("AssociateRouteTable", "association", RouteTableId="$table", SubnetId="$private"),
        group("servers"),
        instance(subnet="$private", SecurityGroupIds=["$sg"]),
        ec2("DescribeInstances", InstanceIds=["$instance"]),
        target_group("c-lab"),
        targets("RegisterTargets"),
        balancer("c-lab", "$private"),
        seen_balancer(),
        listener(),
        service(),
        ec2("DescribeVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        endpoint(SubnetIds=["$private"], SecurityGroupIds=["$sg"]),
        seen_endpoint(),
        zone("c-lab"),
        record("UPSERT"),
        # -- and down again, in order
        record("DELETE"),
        route53("DeleteHostedZone", Id="$zone"),
        ec2("DeleteVpcEndpoints", VpcEndpointIds=["$endpoint"]),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        elbv2("DeleteLoadBalancer", LoadBalancerArn="$nlb"),
        elbv2("DeleteTargetGroup", TargetGroupArn="$group"),
        ec2("TerminateInstances", InstanceIds=["$instance"]),
        ec2("DeleteNatGateway", NatGatewayId="$nat"),
        ec2("ReleaseAddress", AllocationId="$eip"),
        ec2("DisassociateRouteTable", AssociationId="$association"),
        ec2("DeleteRouteTable", RouteTableId="$table"),
        ec2("DeleteSecurityGroup", GroupId="$sg"),
        ec2("DetachInternetGateway", InternetGatewayId="$igw", VpcId="$vpc"),
        ec2("DeleteInternetGateway", InternetGatewayId="$igw"),
        ec2("DeleteSubnet", SubnetId="$private"),
        ec2("DeleteSubnet", SubnetId="$subnet"),
        ec2("DeleteVpc", VpcId="$vpc"),
        ec2("DescribeVpcs", VpcIds=["$vpc"]),
    ],
}
