"""Private DNS names of endpoint services: their verification, and what they give an endpoint."""

import re

import pytest
from botocore.exceptions import ClientError

VERIFICATION = 60


@pytest.fixture
def domain(aws):
    return f"{aws.name('shop')}.example.com"


@pytest.fixture
def named(aws, domain):
    """A service with a private DNS name that nobody has verified."""
    return aws.service(aws.balancer(aws.subnet(aws.vpc())), PrivateDnsName=domain)


@pytest.fixture
def wide(aws):
    """A VPC with both DNS attributes on, and a subnet in zone a."""
    vpc = aws.vpc()
    aws.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return {"vpc": vpc, "subnet": aws.subnet(vpc)}


def seen(aws, service):
    describe = aws.ec2.describe_vpc_endpoint_service_configurations
    return describe(ServiceIds=[service["ServiceId"]])["ServiceConfigurations"][0]


def proof(aws, service):
    return seen(aws, service)["PrivateDnsNameConfiguration"]


def publish(aws, name, value, zone="example.com", **more):
    """A TXT record in a new hosted zone."""
    made = aws.route53.create_hosted_zone(Name=zone, CallerReference=aws.name("zone"), **more)["HostedZone"]["Id"]
    record = {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}]}
    aws.route53.change_resource_record_sets(
        HostedZoneId=made, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )


def start(aws, service):
    answer = aws.ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=service["ServiceId"])
    assert answer["ReturnValue"] is True


def verified(aws, service):
    told = proof(aws, service)
    publish(aws, f"{told['Name']}.{seen(aws, service)['PrivateDnsName']}", told["Value"])
    start(aws, service)
    aws.wait(VERIFICATION)
    assert proof(aws, service)["State"] == "verified"


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def with_private_dns(aws, service, wide):
    return aws.endpoint(wide["vpc"], service["ServiceName"], wide["subnet"], PrivateDnsEnabled=True)


@pytest.mark.fidelity(
    "A private DNS name is to be proved by a TXT record `_…` with the value `vpce:…`",
    source="PrivateLink guide, manage DNS names; botocore model, PrivateDnsNameConfiguration",
)
def test_a_private_name_awaits_its_verification(aws, named):
    told = proof(aws, named)
    assert (told["State"], told["Type"]) == ("pendingVerification", "TXT")
    assert re.fullmatch(r"_[a-z0-9]{20}", told["Name"])
    assert re.fullmatch(r"vpce:[A-Za-z0-9]{20}", told["Value"])
    (details,) = aws.ec2.describe_vpc_endpoint_services(ServiceNames=[named["ServiceName"]])["ServiceDetails"]
    assert details["PrivateDnsNameVerificationState"] == "pendingVerification"
    assert details["PrivateDnsNames"] == [{"PrivateDnsName": details["PrivateDnsName"]}]


@pytest.mark.fidelity(
    "A verification that finds the record in public DNS ends as verified",
    source="EC2 API reference, StartVpcEndpointServicePrivateDnsVerification",
)
def test_a_record_in_public_dns_proves_the_name(aws, named, domain):
    told = proof(aws, named)
    publish(aws.other_account("222222222222"), f"{told['Name']}.{domain}", told["Value"])
    start(aws, named)
    assert proof(aws, named)["State"] == "pendingVerification"
    aws.wait(VERIFICATION)
    assert proof(aws, named) == {**told, "State": "verified"}


@pytest.mark.fidelity(
    "A record at a parent domain proves the names below it", source="PrivateLink guide, manage DNS names"
)
def test_a_parent_domain_covers_its_children(aws, named):
    told = proof(aws, named)
    publish(aws, f"{told['Name']}.example.com", told["Value"])
    start(aws, named)
    aws.wait(VERIFICATION)
    assert proof(aws, named)["State"] == "verified"


@pytest.mark.fidelity(
    "Without the record, with another value, or in a private zone, the verification has failed",
    source="PrivateLink guide, manage DNS names",
)
@pytest.mark.parametrize("value", [None, "vpce:another", "private"])
def test_what_is_not_public_proves_nothing(aws, named, domain, wide, value):
    told = proof(aws, named)
    name = f"{told['Name']}.{domain}"
    if value == "private":
        publish(aws, name, told["Value"], VPC={"VPCId": wide["vpc"], "VPCRegion": "ap-northeast-1"})
    elif value:
        publish(aws, name, value)
    start(aws, named)
    aws.wait(VERIFICATION)
    assert proof(aws, named)["State"] == "failed"


@pytest.mark.fidelity("A verification that failed can be started again", source="PrivateLink guide, manage DNS names")
def test_a_failed_verification_can_be_repeated(aws, named):
    start(aws, named)
    aws.wait(VERIFICATION)
    verified(aws, named)


@pytest.mark.fidelity(
    "A new private DNS name has to be verified again, and a removed one no longer exists",
    source="EC2 API reference, ModifyVpcEndpointServiceConfiguration",
)
def test_a_new_name_is_to_be_verified_anew(aws, named):
    verified(aws, named)
    before, modify = proof(aws, named), aws.ec2.modify_vpc_endpoint_service_configuration
    modify(ServiceId=named["ServiceId"], PrivateDnsName="other.example.com")
    after = proof(aws, named)
    assert (after["State"], after["Value"] != before["Value"]) == ("pendingVerification", True)
    modify(ServiceId=named["ServiceId"], RemovePrivateDnsName=True)
    assert (seen(aws, named).get("PrivateDnsName"), proof(aws, named)) == (None, {})


@pytest.mark.fidelity(
    "Private DNS for a service without a private name: InvalidParameter", source="seen: public logs of Terraform runs"
)
def test_private_dns_needs_a_name(aws, provider, wide):
    name = provider["service"]["ServiceName"]
    code, message = refusal(aws.endpoint, vpc=wide["vpc"], service=name, PrivateDnsEnabled=True)
    assert code == "InvalidParameter"
    told = f"Private DNS can't be enabled because the service {name} does not provide a private DNS name."
    assert message == told
    assert not aws.interfaces(vpc_id=wide["vpc"])


@pytest.mark.fidelity(
    "Private DNS for a service whose private name is not verified: InvalidParameter",
    source="seen: vespa-engine/vespa#33303",
)
def test_private_dns_needs_a_verified_name(aws, named, wide):
    code, message = refusal(aws.endpoint, vpc=wide["vpc"], service=named["ServiceName"], PrivateDnsEnabled=True)
    name = named["ServiceName"]
    told = f"Private DNS can't be enabled because the service {name} has not verified the private DNS name."
    assert (code, message) == ("InvalidParameter", told)


@pytest.mark.fidelity(
    "Private DNS needs enableDnsSupport and enableDnsHostnames of the VPC",
    source="EC2 API reference, CreateVpcEndpoint; message seen in public logs",
)
def test_private_dns_needs_both_dns_attributes(aws, named, consumer):
    verified(aws, named)
    code, message = refusal(aws.endpoint, vpc=consumer["vpc"], service=named["ServiceName"], PrivateDnsEnabled=True)
    assert code == "InvalidParameter"
    assert message.startswith("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames")


@pytest.mark.fidelity(
    "With private DNS, an endpoint's names end with the private one, in a hosted zone of its own",
    source="PrivateLink guide, DNS names",
)
def test_the_private_name_is_the_last_of_an_endpoints_names(aws, named, wide, domain):
    verified(aws, named)
    made = with_private_dns(aws, named, wide)
    *public, private = made["DnsEntries"]
    assert (made["PrivateDnsEnabled"], private["DnsName"], len(public)) == (True, domain, 2)
    assert private["HostedZoneId"] not in {entry["HostedZoneId"] for entry in public}


@pytest.mark.fidelity(
    "Private DNS can be turned on and off later, and is not harmed by a change of subnets",
    source="EC2 API reference, ModifyVpcEndpoint",
)
def test_private_dns_is_turned_on_and_off(aws, named, wide, domain):
    endpoint = aws.endpoint(wide["vpc"], named["ServiceName"], wide["subnet"])["VpcEndpointId"]
    code, _ = refusal(aws.ec2.modify_vpc_endpoint, VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    assert code == "InvalidParameter"
    verified(aws, named)
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    assert aws.seen(endpoint)["DnsEntries"][-1]["DnsName"] == domain
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSubnetIds=[wide["subnet"]])
    assert aws.seen(endpoint)["DnsEntries"][-1]["DnsName"] == domain
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=False)
    now = aws.seen(endpoint)
    assert (now["PrivateDnsEnabled"], len(now["DnsEntries"])) == (False, 1)


@pytest.mark.fidelity(
    "A VPC has one endpoint with a private name; a second is refused until the first is gone",
    source="seen: Terraform runs that replace an endpoint: private-dns-enabled cannot be set because …",
)
def test_a_private_name_is_one_endpoints_in_a_vpc(aws, named, wide):
    verified(aws, named)
    first = with_private_dns(aws, named, wide)["VpcEndpointId"]
    again = {"vpc": wide["vpc"], "service": named["ServiceName"], "PrivateDnsEnabled": True}
    code, message = refusal(aws.endpoint, **again)
    assert (code, "conflicting DNS domain" in message) == ("InvalidParameter", True)
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
    assert refusal(aws.endpoint, **again)[0] == "InvalidParameter"
    aws.wait(60)
    assert with_private_dns(aws, named, wide)["PrivateDnsEnabled"] is True


@pytest.mark.fidelity(
    "With private DNS, an endpoint of a service of AWS's answers to the service's public name",
    source="PrivateLink guide, access AWS services",
)
def test_a_service_of_awss_has_its_public_name(aws, wide):
    names = {"ssm": "ssm", "ecr.dkr": "dkr.ecr"}
    for service, label in names.items():
        made = aws.endpoint(
            wide["vpc"], f"com.amazonaws.ap-northeast-1.{service}", wide["subnet"], PrivateDnsEnabled=True
        )
        assert made["DnsEntries"][-1]["DnsName"] == f"{label}.ap-northeast-1.amazonaws.com"
