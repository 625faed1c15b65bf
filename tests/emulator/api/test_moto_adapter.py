"""moto has what the adapter names, and the API reaches moto through it alone."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.code_metrics import PRODUCT, emulator_api, modules, private_accesses, uses_of_any

ACCOUNT, REGION = "123456789012", "ap-northeast-1"


def test_the_api_has_types_and_uses_no_private_member_of_moto() -> None:
    found = emulator_api(modules(PRODUCT))
    assert (uses_of_any(found), private_accesses(found)) == (0, 0)


def test_protocols_do_not_import_moto() -> None:
    """It is imported by `loading`, which defers its largest tables."""
    names = "calls, ec2, ec2_backend, ec2_tables, elbv2, iam, route53, services, ssm, values"
    program = f"import sys\nfrom pltui.emulator.moto_adapter import {names}\nassert 'moto' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def lab(aws, provider) -> Any:
    """A lab with a resource of each kind that the adapter has a protocol for; EC2 in its account and region."""
    from pltui.emulator.moto_adapter.registries import ec2_of

    vpc, (subnet, other) = provider["vpc"], provider["subnets"]
    group = aws.target_group(vpc, TargetType="instance")
    listener = aws.listener(provider["balancer"], group)
    aws.elbv2.add_tags(ResourceArns=[listener], Tags=[{"Key": "a", "Value": "b"}])
    gateway = aws.gateway(vpc)
    table = aws.route_table(vpc, subnet)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=aws.address())
    aws.instance(other, IamInstanceProfile={"Name": aws.profile("AmazonSSMManagedInstanceCore")})
    aws.endpoint(vpc, provider["service"]["ServiceName"], subnet)
    aws.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=aws.vpc("10.9.0.0/16"))
    aws.route53.create_hosted_zone(
        Name="adapter.test", CallerReference=aws.name("zone"), VPC={"VPCId": vpc, "VPCRegion": REGION}
    )
    aws.ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[], Targets=[])
    return ec2_of(ACCOUNT, REGION)


# Attributes that an area sets on a resource at some event only, and reads with a default.
LATER = {
    "MotoEndpoint": {"connection_id", "dns_suffix", "association_id"},
    "MotoInstance": {"agent_online", "agent_registered", "agent_sleeps", "is_due"},
    "MotoInterface": {"service_attachment", "delete_on_termination"},
    "MotoInstanceProfile": {"made_at"},
    "MotoLoadBalancer": {"asked", "interface_ids"},
}


def names_of(protocol: type) -> set[str]:
    """The members of a protocol and of those that it extends."""
    own = {name for kind in protocol.__mro__ for name in (*vars(kind).get("__annotations__", ()), *vars(kind))}
    return {name for name in own if not name.startswith("_")} - LATER.get(protocol.__name__, set())


def resources(lab: Any) -> Iterable[tuple[type, Callable[[], Iterable[object]]]]:
    from pltui.emulator.moto_adapter import ec2, ec2_backend, ec2_tables, elbv2, iam, registries, route53, ssm

    elb, identities = registries.elbv2_of(ACCOUNT, REGION), registries.iam_of(ACCOUNT, "aws")
    systems = registries.ssm_of(ACCOUNT, REGION)
    yield ec2_backend.Ec2Backend, lambda: [lab]
    yield elbv2.ElbBackend, lambda: [elb]
    yield elbv2.TaggingService, lambda: [elb.tagging_service]
    yield iam.IamBackend, lambda: [identities]
    yield ssm.SsmBackend, lambda: [systems]
    yield route53.Route53Backend, registries.all_route53
    yield ec2.MotoZone, lab.describe_availability_zones
    yield ec2.MotoVpc, lab.vpcs.values
    yield ec2.MotoSubnet, lab.describe_subnets
    yield ec2.MotoSecurityGroup, lambda: [g for groups in lab.groups.values() for g in groups.values()]
    yield (
        ec2.MotoSecurityGroupRule,
        lambda: [rule for groups in lab.groups.values() for g in groups.values() for rule in g.egress_rules],
    )
    yield ec2.MotoInterface, lab.enis.values
    yield ec2.MotoInstance, lab.all_instances
    yield ec2.MotoState, lambda: map(ec2.state_of, lab.all_instances())
    yield ec2.MotoReservation, lab.reservations.values
    yield ec2.MotoInternetGateway, lab.internet_gateways.values
    yield ec2.MotoNatGateway, lab.nat_gateways.values
    yield ec2.MotoAddress, lambda: lab.addresses
    yield ec2.MotoRouteTable, lab.route_tables.values
    yield ec2.MotoRoute, lambda: [route for table in lab.route_tables.values() for route in table.routes]
    yield ec2.MotoNetworkAcl, lab.network_acls.values
    yield ec2.MotoEndpoint, lab.vpc_end_points.values
    yield ec2.MotoEndpointService, lab.configurations.values
    yield ec2.MotoPeering, lab.vpc_pcxs.values
    yield ec2.PeeringStatus, lambda: map(ec2.status_of, lab.vpc_pcxs.values())
    yield ec2_tables.MotoImage, lambda: list(lab.amis.values())[:1]
    yield ec2_tables.MotoSnapshot, lambda: list(lab.snapshots.values())[:1]
    yield elbv2.MotoLoadBalancer, elb.load_balancers.values
    yield elbv2.MotoTargetGroup, elb.target_groups.values
    yield elbv2.MotoListener, lambda: [each for b in elb.load_balancers.values() for each in b.listeners.values()]
    yield iam.MotoRole, identities.get_roles
    yield iam.MotoInstanceProfile, identities.get_instance_profiles
    yield iam.InstanceProfileAssociation, lab.iam_instance_profile_associations.values
    yield iam.MotoPolicy, lambda: list(identities.managed_policies.values())[:1]
    yield route53.MotoHostedZone, lambda: [z for b in registries.all_route53() for z in b.zones.values()]
    yield (
        route53.MotoRecordSet,
        lambda: [record for b in registries.all_route53() for z in b.zones.values() for record in z.rrsets],
    )
    yield ssm.MotoCommand, lambda: ssm.commands_of(systems)


def test_motos_objects_have_what_the_protocols_name(lab) -> None:
    lacking = []
    for protocol, find in resources(lab):
        found = list(find())
        assert found, protocol.__name__
        lacking += [
            f"{protocol.__name__}.{name}"
            for name in sorted(names_of(protocol))
            if not any(hasattr(each, name) for each in found)
        ]
    assert lacking == []


def test_private_members_are_there(lab) -> None:
    from pltui.emulator.moto_adapter import ec2, ec2_backend, registries, ssm

    (interface, *_), (gateway, *_) = lab.enis.values(), lab.nat_gateways.values()
    instance, subnet = lab.all_instances()[0], lab.describe_subnets()[0]
    assert isinstance(ec2.groups_of(interface), list)
    assert ec2.interface_of(gateway).id in lab.enis
    assert ec2.created_at(gateway)
    assert ec2.fleets_of(instance) == (None, None)
    assert all(hasattr(each, name) for each, name in ((instance, "_reason"), (subnet, "_availability_zone")))
    assert {kind for service in lab.configurations.values() for kind in [ec2.accepted_type(service)]} == {"Interface"}
    assert any(ec2.associations_of(table) for table in lab.route_tables.values())
    assert ec2_backend.endpoint_services_of_aws(lab)
    assert ssm.documents_of(registries.ssm_of(ACCOUNT, REGION)) is not None
