"""Endpoint services, endpoints and the connections between them."""

from collections.abc import Mapping, Sequence

from tests.fakeaws.conversations.steps import (
    Step,
    balancer,
    by,
    ec2,
    elbv2,
    endpoint,
    group,
    provider,
    seen_balancer,
    seen_endpoint,
    service,
    subnet,
    vpc,
)


def decided(verb: str, id_: str = "$endpoint") -> Step:
    return ec2(f"{verb}VpcEndpointConnections", ServiceId="$service", VpcEndpointIds=[id_])


def connections() -> Step:
    return ec2("DescribeVpcEndpointConnections", Filters=by(service_id="$service"))


UNKNOWN_SERVICE = "com.amazonaws.vpce.ap-northeast-1.vpce-svc-00000000000000000"
NO_ENDPOINT, NO_SERVICE = "vpce-00000000000000000", "vpce-svc-00000000000000000"

PRIVATELINK: Mapping[str, Sequence[Step]] = {
    "a service's token": [
        *provider("c-svc-none")[:-1],
        service(ClientToken="svc-token"),
        service(ClientToken="svc-token"),
        service(ClientToken="svc-token", AcceptanceRequired=True),
        service(),
        ec2("DescribeVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        elbv2("DeleteLoadBalancer", LoadBalancerArn="$nlb"),
        ec2("ModifyVpcEndpointServiceConfiguration", ServiceId="$service", AcceptanceRequired=True),
        ec2("DescribeVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        ec2("DescribeVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        endpoint(),
        elbv2("DeleteLoadBalancer", LoadBalancerArn="$nlb"),
    ],
    "a service that demands acceptance by default": [
        *provider("c-svc-default")[:-1],
        ec2("CreateVpcEndpointServiceConfiguration", NetworkLoadBalancerArns=["$nlb"]),
    ],
    "a service that never was": [
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=[NO_SERVICE]),
        ec2("DescribeVpcEndpointServiceConfigurations", ServiceIds=[NO_SERVICE]),
        ec2("AcceptVpcEndpointConnections", ServiceId=NO_SERVICE, VpcEndpointIds=[NO_ENDPOINT]),
    ],
    "an endpoint's token": [
        *provider("c-ep-token"),
        endpoint(ClientToken="ep-token"),
        endpoint("again", ClientToken="ep-token"),
        endpoint("other", ClientToken="ep-token", PrivateDnsEnabled=True),
        endpoint("second"),
        seen_endpoint(),
        connections(),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        ec2("DeleteVpcEndpoints", VpcEndpointIds=["$endpoint", "$second", NO_ENDPOINT]),
        seen_endpoint(),
        ec2("DeleteVpcEndpoints", VpcEndpointIds=["$endpoint"]),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
    ],
    "endpoints that are refused": [
        *provider("c-ep-refused"),
        subnet(1, "second"),
        subnet(3, "twin"),
        endpoint("gateway", VpcEndpointType="Gateway"),
        endpoint("unknown", ServiceName=UNKNOWN_SERVICE),
        endpoint("elsewhere", SubnetIds=["$second"]),
        endpoint("both", SubnetIds=["$subnet", "$twin"]),
        endpoint("private", PrivateDnsEnabled=True),
        endpoint("nowhere", SubnetIds=["subnet-00000000000000000"]),
        endpoint("groups", SecurityGroupIds=["sg-00000000000000000"]),
    ],
    "a connection that is accepted and rejected": [
        *provider("c-decided")[:-1],
        service(AcceptanceRequired=True),
        endpoint(),
        seen_endpoint(),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        decided("Accept"),
        seen_endpoint(),
        connections(),
        decided("Reject"),
        seen_endpoint(),
        connections(),
        ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]),
        seen_endpoint(),
        ec2("DeleteVpcEndpoints", VpcEndpointIds=["$endpoint"]),
    ],
    "a decision on a connection that never was": [
        *provider("c-undecided"),
        decided("Accept", NO_ENDPOINT),
        decided("Reject", NO_ENDPOINT),
    ],
    "an endpoint that changes": [
        vpc(),
        subnet(),
        subnet(1, "second"),
        group("new"),
        balancer("c-changes", "$subnet", "$second"),
        seen_balancer(),
        service(),
        endpoint(),
        seen_endpoint(),
        ec2("ModifyVpcEndpoint", VpcEndpointId="$endpoint", AddSubnetIds=["$second"], AddSecurityGroupIds=["$sg"]),
        seen_endpoint(),
        ec2("ModifyVpcEndpoint", VpcEndpointId="$endpoint", RemoveSubnetIds=["$subnet"]),
        seen_endpoint(),
        ec2("DeleteSecurityGroup", GroupId="$sg"),
        ec2("DeleteSubnet", SubnetId="$second"),
        ec2("ModifyVpcEndpoint", VpcEndpointId="$endpoint", PrivateDnsEnabled=True),
        ec2("ModifyVpcEndpoint", VpcEndpointId=NO_ENDPOINT, AddSubnetIds=["$second"]),
        elbv2("SetSubnets", LoadBalancerArn="$nlb", Subnets=["$subnet"]),
        ec2("DeleteVpc", VpcId="$vpc"),
    ],
    "a service whose load balancers change": [
        *provider("c-swap-nlb"),
        endpoint(),
        seen_endpoint(),
        balancer("c-swap-nlb-2", keep="other"),
        elbv2("DescribeLoadBalancers", LoadBalancerArns=["$other"]),
        ec2("ModifyVpcEndpointServiceConfiguration", ServiceId="$service", AddNetworkLoadBalancerArns=["$other"]),
    ],
}
