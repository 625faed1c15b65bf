"""The writes that make and unmake the lab of these tests, beside those of its lease."""

from collections import Counter
from collections.abc import Iterable

from tests.wire.proxy import Call

ELB = "elasticloadbalancing"

# Kind of write -> how many of it.
CREATES = Counter(
    {
        "ec2:CreateVpc": 2,
        "ec2:ModifyVpcAttribute": 2,
        "ec2:CreateSubnet": 4,
        "ec2:CreateInternetGateway": 2,
        "ec2:AttachInternetGateway": 2,
        "ec2:AllocateAddress": 2,
        "ec2:CreateNatGateway": 2,
        "ec2:CreateRouteTable": 4,
        "ec2:CreateRoute": 4,
        "ec2:AssociateRouteTable": 4,
        "ec2:CreateSecurityGroup": 3,
        "ec2:AuthorizeSecurityGroupIngress": 2,
        "ec2:RunInstances": 2,
        "ec2:CreateVpcEndpointServiceConfiguration": 1,
        "ec2:CreateVpcEndpoint": 1,
        f"{ELB}:CreateLoadBalancer": 1,
        f"{ELB}:ModifyLoadBalancerAttributes": 1,
        f"{ELB}:CreateTargetGroup": 1,
        f"{ELB}:CreateListener": 1,
        f"{ELB}:RegisterTargets": 1,
        "iam:CreateRole": 1,
        "iam:AttachRolePolicy": 1,
        "iam:CreateInstanceProfile": 1,
        "iam:AddRoleToInstanceProfile": 1,
        "route53:CreateHostedZone": 1,
        "route53:ChangeResourceRecordSets": 1,
    }
)
DESTROYS = Counter(
    {
        "ec2:DeleteVpc": 2,
        "ec2:DeleteSubnet": 4,
        "ec2:DetachInternetGateway": 2,
        "ec2:DeleteInternetGateway": 2,
        "ec2:ReleaseAddress": 2,
        "ec2:DeleteNatGateway": 2,
        "ec2:DisassociateRouteTable": 4,
        "ec2:DeleteRouteTable": 4,
        "ec2:DeleteSecurityGroup": 3,
        "ec2:TerminateInstances": 2,
        "ec2:DeleteVpcEndpoints": 1,
        "ec2:DeleteVpcEndpointServiceConfigurations": 1,
        f"{ELB}:DeleteLoadBalancer": 1,
        f"{ELB}:DeleteTargetGroup": 1,
        "iam:DetachRolePolicy": 1,
        "iam:RemoveRoleFromInstanceProfile": 1,
        "iam:DeleteInstanceProfile": 1,
        "iam:DeleteRole": 1,
        "route53:ChangeResourceRecordSets": 1,
        "route53:DeleteHostedZone": 1,
    }
)
LEASE = Counter({"ssm:PutParameter": 1, "ssm:DeleteParameter": 1})


def of_lab(writes: Iterable[Call]) -> Counter[str]:
    """How many of each kind, those of the lease left out."""
    return Counter(call.kind for call in writes if call.service != "ssm")


def of_lease(writes: Iterable[Call]) -> Counter[str]:
    return Counter(call.kind for call in writes if call.service == "ssm")
