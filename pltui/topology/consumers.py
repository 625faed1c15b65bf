"""A consumer: interface endpoint, private DNS zone, client machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pltui.engine.model import Desired, Ref
from pltui.spec.model import Consumer, Spec
from pltui.topology import naming
from pltui.topology.access import SESSION_MANAGER_SERVICES
from pltui.topology.network import network, private_cidrs, security_group, way_out
from pltui.topology.provider import LISTENER_PORT, SERVICE
from pltui.topology.region import Partition, Region, Zone
from pltui.topology.shapes import instance, named_resource, part

# The managed policy that the Systems Manager agent needs (Systems Manager user guide, "instance permissions").
SESSION_MANAGER = "AmazonSSMManagedInstanceCore"


def instance_trust(partition: Partition) -> str:
    """Return the trust policy of a role for instances, in the normal form of observed roles."""
    statement = {"Effect": "Allow", "Principal": {"Service": partition.ec2_principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def consumer_resources(spec: Spec, consumer: Consumer, zones: Sequence[Zone], region: Region) -> Iterator[Desired]:
    """Yield the desired resources of a consumer, parents before children."""
    side = consumer.name
    vpc, groups = f"{side}/vpc", (f"{side}/endpoint-security-group", f"{side}/instance-security-group")
    yield from network(side, consumer.vpc, zones)
    ingress = consumer.endpoint.ingress
    cidrs = private_cidrs(consumer.vpc) if ingress == "private_subnets" else ingress
    admitted = frozenset(f"tcp/{LISTENER_PORT} from {cidr}" for cidr in cidrs)
    yield security_group(groups[0], f"{side}-endpoint-sg", "Endpoint: who may ask the service", vpc, admitted)
    yield named_resource(
        f"{side}/endpoint",
        "endpoint",
        f"{side}-endpoint",
        after=(SERVICE,),
        vpc=Ref(vpc),
        service=Ref(SERVICE, "service_name"),
        subnets=frozenset(Ref(f"{side}/private-subnet-{n}") for n in consumer.endpoint.subnets),
        groups=frozenset({Ref(groups[0])}),
        private_dns=False,
        accepted=True,
    )
    yield from _dns_resources(spec.name, consumer)
    if consumer.client.access == "endpoints":
        yield from _session_manager_endpoints(consumer, region)
    yield from _client_resources(spec.name, consumer, groups[1], zones, region)


def _session_manager_endpoints(consumer: Consumer, region: Region) -> Iterator[Desired]:
    """Yield interface endpoints by which the client reaches Session Manager without a NAT gateway.

    Two are enough from version 3.3.40.0 of the agent on, which needs no `ec2messages` then (Systems Manager user guide,
    "Improve the security of EC2 instances by using VPC endpoints for Systems Manager"). Private DNS makes the agent
    find them under the services' own names.
    """
    side = consumer.name
    group = access_group(side)
    cidrs = private_cidrs(consumer.vpc)
    admitted = frozenset(f"tcp/443 from {cidrs[subnet - 1]}" for subnet in consumer.client_subnets)
    yield security_group(group, f"{side}-access-sg", "Session Manager: from the client", f"{side}/vpc", admitted)
    for service, address in zip(SESSION_MANAGER_SERVICES, access_endpoints(side), strict=True):
        yield named_resource(
            address,
            "endpoint",
            f"{side}-{service}-endpoint",
            after=(f"{side}/vpc",),  # private DNS is rejected before the VPC's DNS attributes are set
            vpc=Ref(f"{side}/vpc"),
            service=region.partition.systems_manager_service(region.name, service),
            subnets=frozenset({Ref(f"{side}/private-subnet-{consumer.client_subnets[0]}")}),
            groups=frozenset({Ref(group)}),
            private_dns=True,
            accepted=True,
        )


def access_group(side: str) -> str:
    """Return the address of the security group of the client's Session Manager endpoints."""
    return f"{side}/access-security-group"


def access_endpoints(side: str) -> tuple[str, ...]:
    """Return the addresses of the client's Session Manager endpoints."""
    return tuple(f"{side}/{service}-endpoint" for service in SESSION_MANAGER_SERVICES)


def _dns_resources(lab: str, consumer: Consumer) -> Iterator[Desired]:
    zone, endpoint = f"{consumer.name}/zone", f"{consumer.name}/endpoint"
    yield Desired(
        zone,
        "hosted_zone",
        {
            "name": consumer.dns.zone.lower(),
            "vpcs": frozenset({Ref(f"{consumer.name}/vpc")}),
            "comment": naming.zone_comment(lab, zone),
        },
        consumer.dns.zone,
    )
    name = consumer.dns.name.lower()
    yield Desired(
        naming.record(zone, name, "A"),
        "record",
        {
            "zone": Ref(zone),
            "name": name,
            "type": "A",
            "target": Ref(endpoint, "dns_name"),
            "target_zone": Ref(endpoint, "dns_zone"),
            "evaluate_health": False,  # an endpoint has no health to evaluate
        },
        name,
    )


def _client_resources(
    lab: str, consumer: Consumer, group: str, zones: Sequence[Zone], region: Region
) -> Iterator[Desired]:
    """Yield a machine that only Session Manager can reach. Its agent opens the connection.

    It starts once its role and its route to Session Manager work: after a failed registration the agent sleeps for 5 to
    30 minutes before it tries again (aws/amazon-ssm-agent, core/app/credentialrefresher).
    """
    side = consumer.name
    role, profile = f"{side}/role", f"{side}/instance-profile"
    # Distinct from each other, because references are recognised by name, and from those of other regions, because IAM
    # has no regions.
    parts = (f"{side}-client-{part}-{region.name}" for part in ("role", "profile"))
    role_name, profile_name = (naming.unique(lab, part, 64) for part in parts)
    path = naming.iam_path(lab, region.name)
    yield security_group(group, f"{side}-instance-sg", "Client machine: nothing in", f"{side}/vpc", frozenset())
    trust, policy = instance_trust(region.partition), region.partition.managed_policy(SESSION_MANAGER)
    yield Desired(role, "role", {"name": role_name, "path": path, "trust": trust}, role_name)
    attached = naming.role_policy(role, policy)
    yield part(attached, "role_policy", role=Ref(role), policy=policy)
    yield Desired(profile, "instance_profile", {"name": profile_name, "path": path, "role": Ref(role)}, profile_name)
    subnets = consumer.client_subnets
    by_nat = consumer.client.access == "nat"
    access = (*access_endpoints(side), access_group(side))
    needs = (attached, profile, *(way_out(side, consumer.vpc, subnets) if by_nat else access))
    machine = instance(
        f"{side}/client",
        f"{side}-instance",
        instance_types=consumer.client.instance_types,
        subnets={f"{side}/private-subnet-{n}": zones[n - 1].name for n in subnets},
        group=group,
        profile=Ref(profile),
        session_manager=True,
    )
    yield replace(machine, after=needs, works_with=needs)
