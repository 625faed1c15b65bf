"""The whole of the privatelink lab as the screen's tests have it: its spec, what is wanted, and how it comes alive."""

from collections.abc import Iterator

from pltui.engine.model import Desired, Ref
from pltui.spec.model import (
    Account,
    Client,
    Consumer,
    Dns,
    Endpoint,
    EndpointService,
    Experiment,
    HealthCheck,
    LoadBalancer,
    Probe,
    Provider,
    Servers,
    Spec,
    Vpc,
)

ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")


def spec(name: str = "privatelink", consumers: tuple[str, ...] = ("consumer",), cross_zone: bool = True) -> Spec:
    provider = Provider(
        Account(),
        Vpc(),
        Servers(),
        LoadBalancer("provider-nlb", cross_zone, (1, 2, 3), HealthCheck()),
        EndpointService(),
    )
    parts = {
        who: Consumer(
            who,
            Account(),
            Vpc(),
            Endpoint((number,), "private_subnets"),
            Dns("example.local", "provider-nlb"),
            Client("t3.micro", 1, "nat"),
        )
        for number, who in enumerate(consumers, 1)
    }
    zonal = {who: part.endpoint.subnets for who, part in parts.items()}
    probe = Probe("/", 0.2, 2.0, r"Subnet (\d+)")
    return Spec(name, "ap-northeast-1", provider, parts, probe, (Experiment("zonal", False, zonal),))


def _network(owner: str) -> Iterator[Desired]:
    yield Desired(
        f"{owner}/vpc", "vpc", {"cidr": "10.0.0.0/16", "dns_support": True, "dns_hostnames": True}, f"{owner}-vpc"
    )
    vpc = Ref(f"{owner}/vpc")
    yield Desired(f"{owner}/internet-gateway", "internet_gateway", {}, f"{owner}-igw")
    gateway = {"vpc": vpc, "gateway": Ref(f"{owner}/internet-gateway")}
    yield Desired(f"{owner}/internet-gateway-attachment", "internet_gateway_attachment", gateway)
    for part in ("public", "private"):
        yield Desired(f"{owner}/{part}-route-table", "route_table", {"vpc": vpc}, f"{owner}-{part}-rt")
        yield Desired(f"{owner}/{part}-route", "route", {"destination": "0.0.0.0/0"})
        for n, zone in enumerate(ZONES, 1):
            cidr = f"10.0.{(128 if part == 'private' else 0) + n}.0/24"
            address = f"{owner}/{part}-subnet-{n}"
            yield Desired(address, "subnet", {"vpc": vpc, "cidr": cidr, "zone": zone}, address.replace("/", "-"))
            yield Desired(
                f"{owner}/{part}-route-table-association-{n}", "route_table_association", {"subnet": Ref(address)}
            )
    yield Desired(f"{owner}/elastic-ip-1", "elastic_ip", {}, f"{owner}-nat")
    yield Desired(f"{owner}/nat-gateway-1", "nat_gateway", {"subnet": Ref(f"{owner}/public-subnet-1")}, f"{owner}-nat")


def _provider() -> Iterator[Desired]:
    yield from _network("provider")
    yield Desired("provider/service-security-group", "security_group", {"ingress": ["tcp/80"]}, "provider-service-sg")
    for n in (1, 2, 3):
        subnet = Ref(f"provider/private-subnet-{n}")
        yield Desired(
            f"provider/server-{n}", "instance", {"type": "t3.micro", "subnet": subnet}, f"provider-service-{n}"
        )
    balancer = {
        "scheme": "internal",
        "cross_zone": True,
        "subnets": [Ref(f"provider/private-subnet-{n}") for n in (1, 2, 3)],
    }
    yield Desired("provider/load-balancer", "load_balancer", balancer, "provider-nlb")
    yield Desired("provider/target-group", "target_group", {"port": 80, "protocol": "TCP"}, "provider-target-group")
    for n in (1, 2, 3):
        yield Desired(
            f"provider/target-registration-{n}", "target_registration", {"target": Ref(f"provider/server-{n}")}
        )
    yield Desired("provider/listener", "listener", {"port": 80, "protocol": "TCP"})
    yield Desired("provider/endpoint-service", "endpoint_service", {"acceptance_required": False}, "provider-service")


def _consumer(name: str) -> Iterator[Desired]:
    yield from _network(name)
    yield Desired(f"{name}/endpoint-security-group", "security_group", {"ingress": ["tcp/80"]}, f"{name}-endpoint-sg")
    yield Desired(f"{name}/client-security-group", "security_group", {"ingress": []}, f"{name}-instance-sg")
    yield Desired(f"{name}/endpoint", "endpoint", {"private_dns": False}, f"{name}-endpoint")
    yield Desired(f"{name}/hosted-zone", "hosted_zone", {"name": "example.local"})
    yield Desired(f"{name}/record", "record", {"name": "provider-nlb.example.local", "type": "A"})
    yield Desired(f"{name}/role", "role", {"service": "ec2.amazonaws.com"})
    yield Desired(f"{name}/role-policy", "role_policy", {"policy": "AmazonSSMManagedInstanceCore"})
    yield Desired(f"{name}/instance-profile", "instance_profile", {"role": Ref(f"{name}/role")})
    yield Desired(f"{name}/client", "instance", {"type": "t3.micro"}, f"{name}-instance")


def all_desired(of: Spec) -> tuple[Desired, ...]:
    return (*_provider(), *(desired for name in of.consumers for desired in _consumer(name)))


# Kinds in the order a lab is made; each wave is one step.
WAVES = (
    {"vpc", "internet_gateway", "elastic_ip", "role", "target_group", "hosted_zone"},
    {"subnet", "security_group", "route_table", "internet_gateway_attachment", "role_policy", "instance_profile"},
    {"nat_gateway", "instance", "load_balancer", "route_table_association"},
    {"route", "target_registration", "listener", "endpoint_service"},
    {"endpoint"},
    {"record"},
)
SLOW = {"nat_gateway": "pending", "instance": "pending", "load_balancer": "provisioning", "endpoint": "pending"}
STATUS = {"nat_gateway": "available", "instance": "running", "load_balancer": "active", "endpoint": "available"}
STATUS |= {"vpc": "available", "subnet": "available", "endpoint_service": "Available", "target_registration": "healthy"}
IDS = {"subnet": "subnet", "instance": "i", "nat_gateway": "nat", "elastic_ip": "eipalloc", "endpoint": "vpce"}
IDS |= {"security_group": "sg", "route_table": "rtb", "internet_gateway": "igw", "endpoint_service": "vpce-svc"}
