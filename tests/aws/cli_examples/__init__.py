"""Example outputs that the AWS CLI documents, for each call that pltui reads. See NOTICE for where they come from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
CALLS: Mapping[str, Mapping[str, str]] = {
    "ec2": {
        "describe-addresses": "DescribeAddresses",
        "describe-availability-zones": "DescribeAvailabilityZones",
        "describe-iam-instance-profile-associations": "DescribeIamInstanceProfileAssociations",
        "describe-instance-type-offerings": "DescribeInstanceTypeOfferings",
        "describe-instances": "DescribeInstances",
        "describe-internet-gateways": "DescribeInternetGateways",
        "describe-nat-gateways": "DescribeNatGateways",
        "describe-network-acls": "DescribeNetworkAcls",
        "describe-network-interfaces": "DescribeNetworkInterfaces",
        "describe-route-tables": "DescribeRouteTables",
        "describe-security-groups": "DescribeSecurityGroups",
        "describe-subnets": "DescribeSubnets",
        "describe-vpc-attribute": "DescribeVpcAttribute",
        "describe-vpc-endpoint-connections": "DescribeVpcEndpointConnections",
        "describe-vpc-endpoint-service-configurations": "DescribeVpcEndpointServiceConfigurations",
        "describe-vpc-endpoint-service-permissions": "DescribeVpcEndpointServicePermissions",
        "describe-vpc-endpoints": "DescribeVpcEndpoints",
        "describe-vpc-peering-connections": "DescribeVpcPeeringConnections",
        "describe-vpcs": "DescribeVpcs",
        "get-managed-prefix-list-entries": "GetManagedPrefixListEntries",
    },
    "elbv2": {
        "describe-listeners": "DescribeListeners",
        "describe-load-balancer-attributes": "DescribeLoadBalancerAttributes",
        "describe-load-balancers": "DescribeLoadBalancers",
        "describe-tags": "DescribeTags",
        "describe-target-group-attributes": "DescribeTargetGroupAttributes",
        "describe-target-groups": "DescribeTargetGroups",
        "describe-target-health": "DescribeTargetHealth",
    },
    "iam": {
        "get-instance-profile": "GetInstanceProfile",
        "get-role": "GetRole",
        "list-attached-role-policies": "ListAttachedRolePolicies",
        "list-entities-for-policy": "ListEntitiesForPolicy",
        "list-instance-profiles": "ListInstanceProfiles",
        "list-role-policies": "ListRolePolicies",
        "list-roles": "ListRoles",
    },
    "ssm": {
        "describe-instance-information": "DescribeInstanceInformation",
        "get-command-invocation": "GetCommandInvocation",
        "get-parameter": "GetParameter",
        "send-command": "SendCommand",
    },
    "sts": {
        "get-caller-identity": "GetCallerIdentity",
    },
}
"""Service -> command of the AWS CLI -> operation. Those of Route 53, and of user data, show no output."""


def examples(service: str, operation: str) -> list[dict[str, Any]]:
    """The outputs of one call's examples, in their order; `operation` as the CLI writes it."""
    text = (FOLDER / service / f"{operation}.json").read_text(encoding="utf-8")
    return list(json.loads(text))


def items(service: str, operation: str, key: str) -> list[dict[str, Any]]:
    """What `key` holds in all examples of one call."""
    return [item for output in examples(service, operation) for item in output.get(key, ())]
