"""What somebody does to a lab behind its back shows in `plan` and is mended by `reconcile`."""

from typing import Any

import pytest

from tests.e2e.conftest import REGION, Cloud, Lab

pytestmark = pytest.mark.slow  # each drift on the sandbox; the engine's own tests have them without it

LAB = "privatelink"


def found(client: Any, operation: str, key: str, address: str) -> dict[str, Any]:
    """The one thing that carries an address."""
    (one,) = getattr(client, operation)(Filters=[{"Name": "tag:pltui:address", "Values": [address]}])[key]
    return dict(one)


def no_route(cloud: Cloud) -> str:
    ec2 = cloud.client("ec2")
    table = found(ec2, "describe_route_tables", "RouteTables", "provider/private-route-table-1")
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    return "provider/private-route-table-1/0.0.0.0/0"


def another_rule(cloud: Cloud) -> str:
    ec2 = cloud.client("ec2")
    group = found(ec2, "describe_security_groups", "SecurityGroups", "provider/service-security-group")
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    return "provider/service-security-group"


def no_endpoint(cloud: Cloud) -> str:
    ec2 = cloud.client("ec2")
    endpoint = found(ec2, "describe_vpc_endpoints", "VpcEndpoints", "consumer/endpoint")
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    return "consumer/endpoint"


def no_server(cloud: Cloud) -> str:
    cloud.client("ec2").terminate_instances(InstanceIds=[cloud.server(3)])
    return "provider/server-3"


def target_groups_own_switch(cloud: Cloud) -> str:
    elb = cloud.client("elbv2")
    (group,) = elb.describe_target_groups()["TargetGroups"]
    switch = {"Key": "load_balancing.cross_zone.enabled", "Value": "false"}
    elb.modify_target_group_attributes(TargetGroupArn=group["TargetGroupArn"], Attributes=[switch])
    return "provider/target-group"


def another_record(cloud: Cloud) -> str:
    dns = cloud.client("route53")
    zone = next(z["Id"] for z in dns.list_hosted_zones()["HostedZones"] if z["Name"] == "example.local.")
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (alias,) = [record for record in records if record["Type"] == "A"]
    alias["AliasTarget"]["DNSName"] = f"elsewhere.vpce.{REGION}.vpce.amazonaws.com"
    change = {"Action": "UPSERT", "ResourceRecordSet": alias}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return "consumer/zone/provider-nlb.example.local/A"


def no_dns_names(cloud: Cloud) -> str:
    ec2 = cloud.client("ec2")
    vpc = found(ec2, "describe_vpcs", "Vpcs", "consumer/vpc")
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": False})
    return "consumer/vpc"


DRIFTS = (no_route, another_rule, no_endpoint, no_server, target_groups_own_switch, another_record, no_dns_names)


def test_each_drift_is_planned_repaired_and_then_gone(lab: Lab, cloud: Cloud) -> None:
    for drift in DRIFTS:
        address = drift(cloud)
        plan = lab.pltui("plan", "--json")
        assert plan.code == 3, drift.__name__
        assert address in {change["address"] for change in plan.document()["changes"]}, drift.__name__
        lab.must("reconcile")
        assert lab.pltui("plan").code == 0, drift.__name__
        assert set(cloud.tagged(LAB).values()) == {1}, drift.__name__
    assert set(lab.ask(60)) == {"1", "2", "3"}
