"""Whatever else is in the account, the network goes on: nobody's odd object blinds it for the others."""

import asyncio

import pytest

from pltui.emulator.network.socks import Rules, SocksServer
from pltui.emulator.user_data.budget import STEPS
from tests.emulator.network.conftest import Sandbox
from tests.emulator.network.lab import CIDR, REGION, ZONES, Caller, Clients, Side

NAME = "web.example.local"


def odd_subnets(clients: Clients, side: Side) -> None:
    """For IPv6 only; and an ACL whose entries are for IPv6, ICMP and every port."""
    ec2 = clients.ec2
    vpc = ec2.create_vpc(CidrBlock=CIDR, AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    ec2.create_subnet(VpcId=vpc["VpcId"], Ipv6CidrBlock=block, Ipv6Native=True)
    acl = ec2.create_network_acl(VpcId=side.vpc)["NetworkAcl"]["NetworkAclId"]
    either = ({"Ipv6CidrBlock": "::/0"}, {"CidrBlock": CIDR, "IcmpTypeCode": {"Type": -1, "Code": -1}})
    for number, source in enumerate(either, 1):
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=number, Protocol="1", RuleAction="allow", Egress=False, **source
        )


def odd_targets(clients: Clients, side: Side) -> None:
    """In groups of every type: functions, load balancers, IPv6, and addresses outside the VPC; on listeners of TCP."""
    elbv2 = clients.elbv2
    alb = elbv2.create_load_balancer(Name="odd-alb", Type="application", Subnets=side.subnets[:2])
    nlb = elbv2.create_load_balancer(Name="odd-nlb", Type="network", Scheme="internal", Subnets=side.subnets)
    gateway = elbv2.create_load_balancer(Name="odd-gateway", Type="gateway", Subnets=side.subnets[:1])
    (alb,), (nlb,), (gateway,) = (each["LoadBalancers"] for each in (alb, nlb, gateway))
    tcp = {"Protocol": "TCP", "Port": 80, "VpcId": side.vpc}
    kinds = {
        "lambda": ({}, [f"arn:aws:lambda:{REGION}:123456789012:function:f"]),
        "alb": (tcp, [alb["LoadBalancerArn"]]),
        "ip": (tcp, ["192.168.3.4", "8.8.8.8"]),
    }
    for port, (kind, (more, targets)) in enumerate(kinds.items(), 80):
        group = elbv2.create_target_group(Name=f"odd-{kind}", TargetType=kind, **more)["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        zone = {"AvailabilityZone": "all"} if kind == "ip" else {}
        elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": each, **zone} for each in targets])
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        if more:
            elbv2.create_listener(
                LoadBalancerArn=nlb["LoadBalancerArn"], Protocol="TCP", Port=port, DefaultActions=forward
            )
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    elbv2.create_listener(LoadBalancerArn=alb["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=fixed)
    geneve = elbv2.create_target_group(Name="odd-geneve", Protocol="GENEVE", Port=6081, VpcId=side.vpc)
    forward = [{"Type": "forward", "TargetGroupArn": geneve["TargetGroups"][0]["TargetGroupArn"]}]
    elbv2.create_listener(LoadBalancerArn=gateway["LoadBalancerArn"], DefaultActions=forward)


def odd_machines(clients: Clients, side: Side) -> None:
    """In the default VPC, where nobody named a subnet; with two interfaces; with user data of no known form."""
    clients.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    machine = side.machine("two", 1, f"#!/bin/sh\npython3 -m http.server {'9' * 5000}\n")
    interface = clients.ec2.create_network_interface(SubnetId=side.subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    clients.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=machine, DeviceIndex=1)
    side.machine("three", 2, "\x00\xff")


@pytest.mark.parametrize("make", [odd_subnets, odd_targets, odd_machines])
async def test_an_odd_object_blinds_the_network_for_nobody(sandbox: Sandbox, make: object) -> None:
    assert callable(make)
    provider, consumer = await sandbox.lab()
    await asyncio.to_thread(make, sandbox.clients, provider)
    # What comes after it is followed as before.
    await asyncio.to_thread(provider.cross_zone, True)
    await sandbox.change(consumer.record, "late.example.local", TTL=60, ResourceRecords=[{"Value": "10.0.9.9"}])
    assert sandbox.network.world.load_balancers[provider.balancer].cross_zone
    answers = await sandbox.caller.answers(consumer.client, NAME, 60)
    assert answers == {f"Subnet {number}" for number, _ in enumerate(ZONES, 1)}


async def test_a_machine_whose_user_data_cannot_be_interpreted_serves_nothing_and_says_so(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    provider, consumer = await sandbox.lab()
    greedy = await asyncio.to_thread(provider.machine, "greedy", 1, "#!/bin/bash\nA=aaaaaaaa\n" + "A=$A$A\n" * 40)
    await sandbox.change(provider.cross_zone, True)
    answers = await sandbox.caller.answers(consumer.client, NAME, 60)
    assert answers == {f"Subnet {number}" for number, _ in enumerate(ZONES, 1)}
    assert list(sandbox.network.user_data_problems) == [greedy]
    assert sandbox.network.world.instances[greedy].ports == frozenset()
    assert [record.getMessage() for record in caplog.records if greedy in record.getMessage()] == [
        f"{greedy} serves nothing: its user data cannot be interpreted: it takes more than {STEPS} steps"
    ]


async def test_a_call_that_goes_wrong_in_here_ends_and_leaves_the_door_open(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.network.catch_up()

    async def confused(name: str) -> str:
        raise LookupError(name)

    rules = Rules(confused, None, None, None, lambda: None)  # type: ignore[arg-type]
    door = SocksServer(rules)
    caller = Caller(f"127.0.0.1:{await door.open('127.0.0.1')}")
    for _ in range(2):
        with pytest.raises(asyncio.IncompleteReadError):
            await caller.get(provider.servers[0], NAME)
    door.close()
