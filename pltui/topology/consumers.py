"""A consumer: interface endpoint, private DNS zone, client machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pltui import naming
from pltui.engine.types import Ref, Want
from pltui.spec.model import Consumer, Spec
from pltui.topology.network import network, private_cidrs, security_group
from pltui.topology.provider import LISTENER_PORT, SERVICE
from pltui.topology.shapes import instance, named, part
from pltui.topology.zones import Zone

# The managed policy the Systems Manager agent needs (Systems Manager user guide, "instance permissions").
SESSION_MANAGER = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
TRUST_EC2 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def consumer_resources(spec: Spec, consumer: Consumer, offered: Sequence[Zone], region: str) -> Iterator[Want]:
    side = consumer.name
    vpc, groups = f"{side}/vpc", (f"{side}/endpoint-security-group", f"{side}/instance-security-group")
    yield from network(side, consumer.vpc, offered)
    ingress = consumer.endpoint.ingress
    cidrs = private_cidrs(consumer.vpc) if ingress == "private_subnets" else ingress
    admitted = frozenset(f"tcp/{LISTENER_PORT} from {cidr}" for cidr in cidrs)
    yield security_group(groups[0], f"{side}-endpoint-sg", "Endpoint: who may ask the service", vpc, admitted)
    yield named(
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
    yield from _dns(spec.name, consumer)
    yield from _client(spec.name, consumer, groups[1], region)


def _dns(lab: str, consumer: Consumer) -> Iterator[Want]:
    zone, endpoint = f"{consumer.name}/zone", f"{consumer.name}/endpoint"
    yield Want(
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
    yield Want(
        naming.record(zone, name, "A"),
        "record",
        {
            "zone": Ref(zone),
            "name": name,
            "type": "A",
            "target": Ref(endpoint, "dns_name"),
            "target_zone": Ref(endpoint, "dns_zone"),
            "evaluate_health": False,  # an endpoint has none to evaluate
        },
        name,
    )


def _client(lab: str, consumer: Consumer, group: str, region: str) -> Iterator[Want]:
    """A machine nobody can reach but through Session Manager, which it calls itself."""
    side = consumer.name
    role, profile = f"{side}/role", f"{side}/instance-profile"
    # Kept apart from each other, as references are told by what they name, and from other regions', as IAM has none.
    parts = (f"{side}-client-{part}-{region}" for part in ("role", "profile"))
    role_name, profile_name = (naming.unique(lab, part, 64) for part in parts)
    path = naming.iam_path(lab, region)
    yield security_group(group, f"{side}-instance-sg", "Client machine: nothing in", f"{side}/vpc", frozenset())
    trust = json.dumps(TRUST_EC2, sort_keys=True)
    yield Want(role, "role", {"name": role_name, "path": path, "trust": trust}, role_name)
    yield part(naming.role_policy(role, SESSION_MANAGER), "role_policy", role=Ref(role), policy=SESSION_MANAGER)
    yield Want(profile, "instance_profile", {"name": profile_name, "path": path, "role": Ref(role)}, profile_name)
    yield instance(
        f"{side}/client",
        f"{side}-instance",
        instance_type=consumer.client.instance_type,
        subnet=f"{side}/private-subnet-{consumer.client.subnet}",
        group=group,
        profile=Ref(profile),
    )
