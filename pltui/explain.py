"""The path of a consumer's request in plain words, read off what was last observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pltui import naming, topology
from pltui.engine.types import Seen, Want


def explain(seen: Sequence[Seen], wants: Sequence[Want], consumer: str) -> list[str]:
    """One line a hop for the client of `consumer`, the last one predicting which subnets answer."""
    return [f"{consumer}:", *(f"  {line}" for line in _Path(seen, wants, consumer).lines())]


class _Path:
    def __init__(self, seen: Sequence[Seen], wants: Sequence[Want], consumer: str) -> None:
        self._seen = {item.address: item for item in seen}
        self._by_id = {item.id: item for item in seen}
        self._wants = {want.address: want for want in wants}
        self._consumer = consumer

    def lines(self) -> Iterator[str]:
        missing = [a for a in self._needed() if a not in self._seen]
        if missing:
            yield f"nobody answers: {', '.join(missing)} does not exist"
            return
        client, endpoint = self._seen[f"{self._consumer}/client"], self._seen[f"{self._consumer}/endpoint"]
        yield f"client {client.id} ({client.status}) in {self._place(client.spec['subnet'])}"
        yield from self._dns(endpoint)
        yield from self._endpoint(endpoint)
        yield from self._balancer(endpoint)

    def _needed(self) -> list[str]:
        side = self._consumer
        return [f"{side}/client", f"{side}/endpoint", topology.LOAD_BALANCER, "provider/target-group"]

    def _place(self, subnet: str) -> str:
        item = self._by_id.get(subnet)
        return f"{item.name} ({item.spec['zone']})" if item else subnet

    def _zone(self, subnet: str) -> str:
        item = self._by_id.get(subnet)
        return item.spec["zone"] if item else "an unknown zone"

    def _dns(self, endpoint: Seen) -> Iterator[str]:
        records = [i for i in self._seen.values() if i.kind == "record" and i.address.startswith(f"{self._consumer}/")]
        if not records:
            yield "DNS: the private zone holds no record, so the name does not resolve"
        for record in records:
            right = record.spec["target"] == endpoint.attributes.get("dns_name")
            yield f"DNS: {record.name} is an alias of {'the endpoint' if right else record.spec['target']}"

    def _endpoint(self, endpoint: Seen) -> Iterator[str]:
        zones = ", ".join(sorted(self._zone(subnet) for subnet in endpoint.spec["subnets"]))
        yield f"endpoint {endpoint.id} ({endpoint.status}): an interface in {zones}"
        for group in sorted(endpoint.spec["groups"]):
            item = self._by_id.get(group)
            rules = "; ".join(sorted(item.spec["ingress"])) if item else "another's rules"
            yield f"security group {item.name if item else group} admits {rules or 'nothing'}"

    def _balancer(self, endpoint: Seen) -> Iterator[str]:
        balancer, group = self._seen[topology.LOAD_BALANCER], self._seen["provider/target-group"]
        on, by = balancer.spec["cross_zone"], "the load balancer"
        if group.spec["cross_zone"] != "use_load_balancer_configuration":
            on, by = group.spec["cross_zone"] == "true", "the target group, which overrides the load balancer,"
        yield f"each interface leads to the node of {balancer.name} in its own zone ({balancer.status})"
        enabled = {self._zone(subnet) for subnet in balancer.spec["subnets"]}
        zones = enabled if on else enabled & {self._zone(subnet) for subnet in endpoint.spec["subnets"]}
        reach = "servers in every enabled zone" if on else "servers in its own zone only"
        yield f"cross-zone is {'on' if on else 'off'}, says {by.rstrip(',')}, so a node asks {reach}"
        answering = set()
        for server in (item for item in self._seen.values() if item.address.startswith("provider/server-")):
            target = self._seen.get(naming.target(server.address))
            if server.kind == "instance" and target:
                zone = self._zone(server.spec["subnet"])
                scope = "in scope" if zone in zones else "out of scope"
                yield f"  {server.name} in {zone}: {target.status}, {scope}"
                if zone in zones and target.status == "healthy":
                    answering.add(self._place(server.spec["subnet"]))
        yield f"predicted to answer: {', '.join(sorted(answering)) or 'nobody'}"
