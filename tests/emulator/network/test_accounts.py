"""A provider in one account and a consumer in another: what each sees, and whether packets arrive."""

import asyncio
from typing import Any

import boto3
import pytest

from pltui.emulator.network.reader import PLAIN_ACCOUNT
from tests.emulator.network.conftest import SERVICES, Sandbox
from tests.emulator.network.lab import REGION, Clients, Consumer, Provider

OTHER = "222233334444"
NAME = "web.example.local"


def visitor(sandbox: Sandbox, account: str) -> Clients:
    """Clients of another account, entered as anybody enters one."""

    def client(service: str, **keys: str) -> Any:
        return boto3.client(service, endpoint_url=sandbox.api.endpoint_url, region_name=REGION, **keys)

    sts = client("sts", aws_access_key_id="test", aws_secret_access_key="test")
    role = f"arn:aws:iam::{account}:role/visitor"
    given = sts.assume_role(RoleArn=role, RoleSessionName="visitor")["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    return Clients(*(client(service, **keys) for service in SERVICES))


def permit(provider: Provider, account: str) -> str:
    """Let the account use the service; the service's id."""
    service = provider.service.rpartition(".")[2]
    principal = f"arn:aws:iam::{account}:root"
    provider.clients.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=[principal])
    return service


async def connected(sandbox: Sandbox, clients: Clients, provider: Provider, zone_id: str) -> Consumer:
    """A consumer in another account, with its endpoint in the zone of that id, whatever the account calls it."""

    def build() -> Consumer:
        consumer = Consumer(clients, "client")
        consumer.build()
        subnets = clients.ec2.describe_subnets(SubnetIds=consumer.subnets)["Subnets"]
        place = {each["SubnetId"]: each["AvailabilityZoneId"] for each in subnets}
        inside = [n for n, subnet in enumerate(consumer.subnets, 1) if place[subnet] == zone_id]
        return consumer.connect(provider.service, tuple(inside))

    return await asyncio.to_thread(build)


def zone_ids(provider: Provider) -> list[str]:
    """Of the provider's subnets 1, 2 and 3."""
    subnets = provider.clients.ec2.describe_subnets(SubnetIds=provider.subnets)["Subnets"]
    place = {each["SubnetId"]: each["AvailabilityZoneId"] for each in subnets}
    return [place[subnet] for subnet in provider.subnets]


@pytest.mark.fidelity(
    "A consumer in another account that the service's permissions name reaches the servers in its endpoint's zone",
    source="PrivateLink guide, share your services; NLB user guide, cross-zone load balancing",
)
async def test_an_endpoint_in_another_account_leads_to_the_providers_servers(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    service = await asyncio.to_thread(permit, provider, OTHER)
    clients = await asyncio.to_thread(visitor, sandbox, OTHER)
    zones = await asyncio.to_thread(zone_ids, provider)
    consumer = await connected(sandbox, clients, provider, zones[1])
    await sandbox.healthy(provider)
    assert await sandbox.caller.answers("client", NAME, 20) == {"Subnet 2"}
    assert {place.account for place in sandbox.network.places} == {PLAIN_ACCOUNT, OTHER}
    world = sandbox.network.world
    assert world.endpoints[consumer.endpoint].owner == OTHER
    assert world.services[provider.service].owner == PLAIN_ACCOUNT
    # The provider severs the connection in its account, and the consumer's packets stop in theirs.
    await sandbox.change(
        provider.clients.ec2.reject_vpc_endpoint_connections, ServiceId=service, VpcEndpointIds=[consumer.endpoint]
    )
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None


async def test_each_account_has_hosted_zones_of_its_own(sandbox: Sandbox) -> None:
    clients = await asyncio.to_thread(visitor, sandbox, OTHER)

    def zone(side: Clients, address: str) -> str:
        consumer = Consumer(side, f"client-{address[-1]}")
        consumer.build()
        consumer.client = consumer.machine(consumer.name, 1)
        consumer.zone = side.route53.create_hosted_zone(
            Name="example.local",
            CallerReference=f"zone-{address}",
            VPC={"VPCRegion": REGION, "VPCId": consumer.vpc},
            HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]
        consumer.record(NAME, TTL=60, ResourceRecords=[{"Value": address}])
        return consumer.vpc

    ours = await asyncio.to_thread(zone, sandbox.clients, "10.0.1.1")
    theirs = await sandbox.change(zone, clients, "10.0.1.2")
    found = {vpc: record.data for z in sandbox.network.world.zones for vpc in z.vpcs for record in z.records}
    assert (found[ours], found[theirs]) == (("10.0.1.1",), ("10.0.1.2",))


async def test_a_network_that_starts_over_finds_every_account_again(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await asyncio.to_thread(permit, provider, OTHER)
    clients = await asyncio.to_thread(visitor, sandbox, OTHER)
    zones = await asyncio.to_thread(zone_ids, provider)
    await connected(sandbox, clients, provider, zones[0])
    await sandbox.healthy(provider)
    places = sandbox.network.places
    before = sandbox.network.world
    sandbox.network.start_over()
    await sandbox.network.catch_up()
    assert not sandbox.network.world.vpcs
    sandbox.network.start_over(places)
    await sandbox.network.catch_up()
    assert sandbox.network.world.vpcs == before.vpcs
    await sandbox.healthy(provider)
    assert await sandbox.caller.answers("client", NAME, 10) == {"Subnet 1"}
