"""Private DNS names of endpoint services: verification of the domain's owner, and the names in consumer VPCs.

The provider adds a TXT record to public DNS, and requests a verification (PrivateLink guide, manage DNS names). Public
DNS, here, is all public hosted zones of the sandbox's Route 53, in any account.
"""

import secrets
import string

from moto.core.responses import ActionResult
from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.api.partitions import dns_suffix
from pltui.emulator.moto_adapter.calls import Ec2Call, required_text
from pltui.emulator.moto_adapter.ec2 import MotoEndpoint, MotoEndpointService, MotoVpc
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.registries import all_route53
from pltui.emulator.moto_adapter.values import Moto

VERIFICATION = 60.0
"""AWS seconds from the request of a verification to its result: up to ten minutes documented, usually much less."""

_LETTERS = string.ascii_lowercase + string.digits


def install(lab: ApiContext) -> None:
    """Install private DNS names."""
    lab.replace(VPCEndPoint, "private_dns_entry", None)
    lab.replace(VPCServiceConfiguration, "private_dns_proof", None)
    lab.replace(VPCServiceConfiguration, "private_dns_name_configuration", property(proof_of))
    lab.around(EC2Response, start_vpc_endpoint_service_private_dns_verification)


def proof_of(service: MotoEndpointService) -> dict[str, str]:
    """The TXT record that proves the owner of the private DNS name, and its state; empty without such a name."""
    return service.private_dns_proof or {}


def claim(lab: ApiContext, service: MotoEndpointService, name: str | None) -> None:
    """Set a service's private DNS name, which then has to be verified, or remove it."""
    lab.agenda.cancel(_verification(service))
    service.private_dns_name, service.private_dns_proof = name, None
    if name:
        service.private_dns_proof = {
            "State": "pendingVerification",
            "Type": "TXT",
            "Value": f"vpce:{_random(string.ascii_letters + string.digits)}",
            "Name": f"_{_random(_LETTERS)}",
        }


def start_vpc_endpoint_service_private_dns_verification(lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Start a verification, unless the name is verified already.

    Raises:
        EC2ClientError: InvalidParameter if the service has no private DNS name.
    """
    service_id = required_text(response, "ServiceId")
    service = response.ec2_backend.describe_vpc_endpoint_service_configurations([service_id])[0]
    if not service.private_dns_name:
        # Believed: the API reference does not document the error of a service without a name.
        raise ec2_error("InvalidParameter", f"The service {service_id} does not have a private DNS name.")
    if proof_of(service)["State"] != "verified":
        proof_of(service)["State"] = "pendingVerification"
        lab.agenda.after(VERIFICATION, _verification(service), _verify, service)
    return ActionResult({"ReturnValue": True})


def _verification(service: MotoEndpointService) -> tuple[str, str]:
    return ("private DNS name", service.id)


@deferrable
def _verify(service: MotoEndpointService) -> None:
    proof = proof_of(service)
    labels = (service.private_dns_name or "").rstrip(".").lower().split(".")
    # A verified domain covers its subdomains (PrivateLink guide, manage DNS names).
    domains = (".".join(labels[start:]) for start in range(len(labels) - 1))
    found = any(proof["Value"] in _public_texts(f"{proof['Name']}.{domain}".lower()) for domain in domains)
    proof["State"] = "verified" if found else "failed"


def _public_texts(name: str) -> set[str]:
    """The values of the TXT records of that name in public hosted zones."""
    return {
        value.strip('"')
        for backend in all_route53()
        for zone in backend.zones.values()
        if not zone.private_zone
        for record in zone.rrsets
        if record.type == "TXT" and record.name.rstrip(".").lower() == name
        for value in record.records
    }


def private_name(service_name: str, service: MotoEndpointService | None) -> str | None:
    """The name that private DNS gives an endpoint: the provider's, or the public name of one of AWS's services."""
    if service is not None:
        return service.private_dns_name or None
    region, _, rest = service_name.rpartition("com.amazonaws.")[2].partition(".")
    return f"{'.'.join(reversed(rest.split('.')))}.{region}.{dns_suffix(region)}" if rest else None


def check(
    backend: Ec2Backend,
    vpc_id: str,
    service_name: str,
    service: MotoEndpointService | None,
    endpoint_id: str | None = None,
) -> None:
    """Raise unless private DNS can be enabled in that VPC, for that endpoint or a new one.

    Messages as seen in public logs of AWS's errors.

    Raises:
        EC2ClientError: InvalidParameter if the name is not verified, the VPC's DNS attributes are off, or another
            endpoint has the name.
    """
    if service is not None:
        _check_service(service)
    if not allowed_in(backend.get_vpc(vpc_id)):
        raise ec2_error(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for"
            f" {vpc_id}",
        )
    name = private_name(service_name, service)
    for other in backend.vpc_end_points.values():
        entry = other.private_dns_entry if other.vpc_id == vpc_id and other.id != endpoint_id else None
        if entry and entry["DnsName"] == name:
            raise ec2_error(
                "InvalidParameter",
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the"
                f" VPC {vpc_id}",
            )


def _check_service(service: MotoEndpointService) -> None:
    verified = service.private_dns_name and proof_of(service)["State"] == "verified"
    if not verified:
        why = (
            "has not verified the private DNS name"
            if service.private_dns_name
            else "does not provide a private DNS name"
        )
        raise ec2_error(
            "InvalidParameter", f"Private DNS can't be enabled because the service {service.service_name} {why}."
        )


def allowed_in(vpc: MotoVpc) -> bool:
    """True if both DNS attributes of the VPC are on, as private names need (EC2 API reference, CreateVpcEndpoint)."""
    return all(str(flag).lower() == "true" for flag in (vpc.enable_dns_support, vpc.enable_dns_hostnames))


def set_private_dns(endpoint: MotoEndpoint, service: MotoEndpointService | None, enabled: bool) -> None:
    """Enable or disable the endpoint's private name, which is in a hidden hosted zone of its own."""
    endpoint.private_dns_enabled = enabled
    if not enabled:
        endpoint.private_dns_entry = None
    elif endpoint.private_dns_entry is None and (name := private_name(endpoint.service_name, service)):
        zone = f"Z0{_random(string.ascii_uppercase + string.digits)}"
        endpoint.private_dns_entry = {"DnsName": name, "HostedZoneId": zone}


def _random(letters: str) -> str:
    return "".join(secrets.choice(letters) for _ in range(20))
