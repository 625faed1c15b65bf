"""Client tokens: the same call again is answered with what the first one made."""

import json
from typing import Any

from moto.ec2.responses import EC2Response

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.overlay import Correction, Lab, Moto

WITH_TOKEN = (
    "run_instances",
    "create_nat_gateway",
    "create_route_table",
    "create_vpc_endpoint",
    "create_vpc_endpoint_service_configuration",
)


def install(lab: Lab) -> None:
    """Goes last: it must see a call as it was sent, before other corrections fill in defaults."""
    made: dict[tuple[str, str, str, str], tuple[str, Any]] = {}
    lab.around(EC2Response, **{name: _once(name, made) for name in WITH_TOKEN})


def _once(name: str, made: dict[tuple[str, str, str, str], tuple[str, Any]]) -> Correction:
    def once(_lab: Lab, moto: Moto, response: Any) -> Any:
        token = response._get_param("ClientToken")
        if not token:
            return moto(response)
        key = (response.current_account, response.region, name, token)
        asked = json.dumps(dict(response.params), sort_keys=True, default=dict)
        if key not in made:
            # moto's answer refers to the resource itself: sent again, it tells the state of that time.
            answer = moto(response)
            made[key] = (asked, answer)
            return answer
        first, answer = made[key]
        if first != asked:
            raise ec2_error(
                "IdempotentParameterMismatch", "The same client token was used with different parameters earlier"
            )
        if name == "run_instances" and all(i.state == "terminated" for i in answer.result.instances):
            raise ec2_error("IdempotentInstanceTerminated", "The client token is that of a terminated instance")
        return answer

    return once
