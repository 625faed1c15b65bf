"""Client tokens: a repeated call returns the result of the first one."""

import json

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter
from pltui.emulator.moto_adapter.values import Correction, Moto

WITH_TOKEN = (
    "run_instances",
    "create_nat_gateway",
    "create_route_table",
    "create_network_interface",
    "create_egress_only_internet_gateway",
    "create_network_acl",
    "create_vpc_endpoint",
    "create_vpc_endpoint_service_configuration",
)

REMEMBERED = 24 * 3600.0
"""AWS seconds for which a token is kept (EC2 API guide, ensuring idempotency)."""


def install(lab: ApiContext) -> None:
    """Install the handling of tokens. It is last, to see a call as sent, before other corrections fill in defaults."""
    lab.around(EC2Response, **{name: _once(name) for name in WITH_TOKEN})


def _once(name: str) -> Correction:
    def once(lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
        token, made = parameter(response, "ClientToken"), lab.memory.setdefault("tokens", {})
        if not token:
            return moto(response)
        key = (response.current_account, response.region, name, token)
        asked = json.dumps({**response.params, "DryRun": None}, sort_keys=True, default=dict)
        if key not in made:
            # moto's result refers to the resource itself: sent again, it shows the resource's state at that time.
            answer = moto(response)
            made[key] = (asked, answer.result)
            lab.retention.after(REMEMBERED, ("token", *key), _forget, lab, key)
            return answer
        first, result = made[key]
        if first != asked:
            raise ec2_error(
                "IdempotentParameterMismatch", "The same client token was used with different parameters earlier"
            )
        if name == "run_instances" and all(i.state == "terminated" for i in result.instances):
            raise ec2_error("IdempotentInstanceTerminated", "The client token is that of a terminated instance")
        return ActionResult(result)

    return once


@deferrable
def _forget(lab: ApiContext, key: tuple[str, ...]) -> None:
    lab.memory.get("tokens", {}).pop(key, None)
