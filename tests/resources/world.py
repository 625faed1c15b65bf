"""A lab on plain moto, seen twice: through the reconciler, and with raw boto3."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import boto3

from pltui import topology
from pltui.aws.account import availability_zones
from pltui.aws.client import Aws, Target
from pltui.engine.feed import Feed
from pltui.engine.model import Desired, Observed, Step
from pltui.engine.polling import CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.resources.base import AwsContext
from pltui.resources.registry import AwsCloud
from pltui.spec.model import Spec

T = TypeVar("T")


class World:
    """One lab in one region of a moto server."""

    def __init__(self, url: str, region: str, spec: Spec) -> None:
        self.url, self.region, self.spec = url, region, spec
        self.aws = Aws(Target(region, url, dummy_credentials=True))
        self.all_desired: tuple[Desired, ...] = topology.all_desired(spec, self._region())
        self.observed: list[Observed] = []

    def _region(self) -> topology.Region:
        return topology.Region(self.region, asyncio.run(availability_zones(self.aws)))

    # -- the reconciler -------------------------------------------------------------------------------------------

    def _run(self, all_desired: Sequence[Desired], work: str, *, only: bool = False) -> Any:
        async def main() -> Any:
            cloud = AwsCloud(AwsContext(self.spec.name, self.aws))
            names = all_desired if only else self.all_desired
            reconciler = Reconciler(cloud, Feed(), all_desired, CancellationToken(), patience=2, names=names, only=only)
            result = await getattr(reconciler, work)()
            if not only:
                self.observed = reconciler.observed
            return result

        return asyncio.run(main())

    def converge(self) -> Outcome:
        outcome: Outcome = self._run(self.all_desired, "converge")
        assert outcome.ok, outcome.problems
        return outcome

    def destroy(self) -> Outcome:
        outcome: Outcome = self._run((), "converge")
        assert outcome.ok, outcome.problems
        return outcome

    def plan(self) -> list[Step]:
        steps: tuple[Step, ...] = self._run(self.all_desired, "look").steps
        return list(steps)

    def toggle(self, on: bool) -> Outcome:
        name = self.spec.provider.load_balancer.name
        switch = Desired(topology.LOAD_BALANCER, "load_balancer", {"name": name, "cross_zone": on}, name)
        outcome: Outcome = self._run((switch,), "converge", only=True)
        return outcome

    def id(self, address: str) -> str:
        """As it was last seen."""
        [found] = [item.id for item in self.observed if item.address == address]
        return found

    @contextmanager
    def counted(self) -> Iterator[list[int]]:
        """Filled with the number of API calls made within the block."""
        calls: list[int] = []
        before = self.aws.calls
        yield calls
        calls.append(self.aws.calls - before)

    # -- raw boto3 ------------------------------------------------------------------------------------------------

    def raw(self, service: str) -> Any:
        return boto3.client(
            service, self.region, endpoint_url=self.url, aws_access_key_id="raw", aws_secret_access_key="raw"
        )

    def account(self) -> dict[str, Any]:
        """What is there of every type, ours and others'; what every account starts with included."""
        ec2, elbv2, iam, route53 = (self.raw(service) for service in ("ec2", "elbv2", "iam", "route53"))
        zones = [z["Id"] for z in route53.list_hosted_zones()["HostedZones"]]
        return {
            "vpcs": sorted(v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]),
            "subnets": sorted(s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]),
            "gateways": sorted(g["InternetGatewayId"] for g in ec2.describe_internet_gateways()["InternetGateways"]),
            "addresses": sorted(a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]),
            "nats": sorted(
                n["NatGatewayId"] for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] != "deleted"
            ),
            "tables": sorted(t["RouteTableId"] for t in ec2.describe_route_tables()["RouteTables"]),
            "groups": sorted(g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]),
            "instances": sorted(
                i["InstanceId"]
                for r in ec2.describe_instances()["Reservations"]
                for i in r["Instances"]
                if i["State"]["Name"] != "terminated"
            ),
            "services": sorted(
                s["ServiceId"] for s in ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
            ),
            "endpoints": sorted(
                e["VpcEndpointId"]
                for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]
                if e["State"].lower() != "deleted"
            ),
            "balancers": sorted(b["LoadBalancerArn"] for b in elbv2.describe_load_balancers()["LoadBalancers"]),
            "target groups": sorted(t["TargetGroupArn"] for t in elbv2.describe_target_groups()["TargetGroups"]),
            "roles": sorted(r["RoleName"] for r in iam.list_roles()["Roles"]),
            "profiles": sorted(p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]),
            "zones": sorted(zones),
            "records": sorted(
                f"{zone} {r['Name']} {r['Type']}"
                for zone in zones
                for r in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
            ),
        }


def tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
