"""Systems Manager's view of instances: registered ones, and those that it can reach now."""

from collections.abc import Mapping

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ssm.exceptions import SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.pages import take_wanted_of_body
from pltui.emulator.api.ssm_agent import is_connected, is_registered
from pltui.emulator.moto_adapter.calls import SsmCall, structures
from pltui.emulator.moto_adapter.ec2 import MotoInstance
from pltui.emulator.moto_adapter.registries import ec2_of
from pltui.emulator.moto_adapter.values import Moto


def install(lab: ApiContext) -> None:
    """Install DescribeInstanceInformation."""
    lab.around(SimpleSystemManagerResponse, describe_instance_information)


def registered_nodes(lab: ApiContext, account_id: str, region: str) -> list[MotoInstance]:
    """Instances that are registered with Systems Manager, and not terminated."""
    return [each for each in ec2_of(account_id, region).all_instances() if is_registered(lab, each)]


def connected_nodes(lab: ApiContext, account_id: str, region: str) -> dict[str, MotoInstance]:
    """Registered instances whose agent accepts commands now, by id."""
    return {each.id: each for each in registered_nodes(lab, account_id, region) if is_connected(each)}


def describe_instance_information(lab: ApiContext, _moto: Moto, response: SsmCall) -> object:
    """The registered instances, with AWS's filters.

    Raises:
        SSMException: InvalidInstanceInformationFilterValue if tag filters are combined with others, InvalidFilterKey if
            a key is unknown.
    """
    take_wanted_of_body(response, "DescribeInstanceInformation")
    nodes = registered_nodes(lab, response.current_account, response.region)
    wanted = [(f["Key"], f["Values"]) for f in structures(response, "Filters")]
    wanted += [(f["key"], f["valueSet"]) for f in structures(response, "InstanceInformationFilterList")]
    tagged = {key.startswith("tag") for key, _ in wanted}
    if len(tagged) > 1:
        raise SSMException("InvalidInstanceInformationFilterValue", "Tag filters cannot be combined with others")
    rows = [_row(instance) for instance in nodes if all(_passes(instance, *one) for one in wanted)]
    return ActionResult({"InstanceInformationList": rows})


def _passes(instance: MotoInstance, key: str, values: list[str]) -> bool:
    if key.startswith("tag:"):
        return any(tag["key"] == key[4:] and tag["value"] in values for tag in instance.get_tags())
    if key == "tag-key":
        return any(tag["key"] in values for tag in instance.get_tags())
    if key == "InstanceIds":
        return instance.id in values
    row: Mapping[str, object] = _row(instance)
    field = {"PlatformTypes": "PlatformType"}.get(key, key)
    if field not in ("PingStatus", "PlatformType", "ResourceType", "AgentVersion"):
        raise SSMException("InvalidFilterKey", f"The specified filter key isn't valid: {key}")
    return row[field] in values


def _row(instance: MotoInstance) -> dict[str, object]:
    return {
        "InstanceId": instance.id,
        "PingStatus": "Online" if is_connected(instance) else "ConnectionLost",
        "LastPingDateTime": utcnow(),
        "AgentVersion": "3.3.0.0",
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip_address,
        "ComputerName": instance.private_dns_name,
        "SourceId": instance.id,
        "SourceType": "AWS::EC2::Instance",
    }
