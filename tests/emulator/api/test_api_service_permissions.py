"""Who may connect to an endpoint service: its own account, and whom its permissions name."""

import pytest

OTHER = "222222222222"
ROOT = f"arn:aws:iam::{OTHER}:root"


@pytest.fixture
def other(aws):
    """Another account, signing as its role `visitor`, with a VPC that has a subnet in each zone."""
    account = aws.other_account(OTHER)
    account.network = account.vpc()
    account.subnets = [account.subnet(account.network, number, zone) for number, zone in enumerate("acd")]
    return account


def permit(aws, provider, *principals):
    return aws.ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=provider["service"]["ServiceId"], AddAllowedPrincipals=list(principals)
    )


def withdraw(aws, provider, *principals):
    aws.ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=provider["service"]["ServiceId"], RemoveAllowedPrincipals=list(principals)
    )


def connect(account, provider):
    """An endpoint in a zone that the service is in, whatever the account calls it."""
    zones = common_zones(account, provider)
    (subnet, *_) = [
        each["SubnetId"]
        for each in account.ec2.describe_subnets(SubnetIds=account.subnets)["Subnets"]
        if each["AvailabilityZoneId"] in zones
    ]
    return account.endpoint(account.network, provider["service"]["ServiceName"], subnet)["VpcEndpointId"]


def common_zones(account, provider):
    names = [provider["service"]["ServiceName"]]
    return account.ec2.describe_vpc_endpoint_services(ServiceNames=names)["ServiceDetails"][0]["AvailabilityZoneIds"]


def is_refused(account, provider, refused):
    """Both to see and to connect to it, in the same words."""
    name = provider["service"]["ServiceName"]
    codes = {
        refused(account.ec2.describe_vpc_endpoint_services, ServiceNames=[name]),
        refused(account.endpoint, vpc=account.network, service=name),
    }
    return codes == {"InvalidServiceName"}


@pytest.mark.fidelity(
    "To an account without permission a service does not exist: InvalidServiceName",
    source="EC2 API reference, error codes; seen: the same message as for an unknown service",
)
def test_a_service_is_hidden_from_other_accounts(provider, other, refused):
    assert is_refused(other, provider, refused)
    assert provider["service"]["ServiceName"] not in other.ec2.describe_vpc_endpoint_services()["ServiceNames"]


@pytest.mark.fidelity(
    "The account that owns a service needs no permission", source="seen: acceptance tests of Terraform's AWS provider"
)
def test_the_owners_account_needs_no_permission(aws, provider, consumer):
    service = provider["service"]
    found = aws.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"])
    assert found["AllowedPrincipals"] == []
    assert aws.endpoint(consumer["vpc"], service["ServiceName"], consumer["subnets"]["a"])["State"] == "pending"


@pytest.mark.fidelity(
    "An account's root, one of its roles, or * lets a role of it connect",
    source="EC2 API reference, ModifyVpcEndpointServicePermissions",
)
@pytest.mark.parametrize("principal", [ROOT, f"arn:aws:iam::{OTHER}:role/visitor", "*"])
def test_who_is_named_may_connect(aws, provider, other, principal):
    permit(aws, provider, principal)
    endpoint = connect(other, provider)
    (seen,) = aws.ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "service-id", "Values": [provider["service"]["ServiceId"]]}]
    )["VpcEndpointConnections"]
    assert (seen["VpcEndpointId"], seen["VpcEndpointOwner"]) == (endpoint, OTHER)


@pytest.mark.fidelity(
    "A permission of another role, of a user, or of another account lets no other principal connect",
    source="EC2 API reference, ModifyVpcEndpointServicePermissions",
)
@pytest.mark.parametrize(
    "principal",
    [f"arn:aws:iam::{OTHER}:role/guest", f"arn:aws:iam::{OTHER}:user/visitor", "arn:aws:iam::333333333333:root"],
)
def test_who_is_not_named_may_not_connect(aws, provider, other, principal, refused):
    permit(aws, provider, principal)
    assert is_refused(other, provider, refused)


@pytest.mark.fidelity(
    "A permission for a user is that user's alone", source="EC2 API reference, ModifyVpcEndpointServicePermissions"
)
def test_a_user_is_told_from_another(aws, provider, other, refused):
    def as_user(name):
        other.iam.create_user(UserName=name)
        key = other.iam.create_access_key(UserName=name)["AccessKey"]
        return other.signing(key["AccessKeyId"], key["SecretAccessKey"])

    alice, bob = as_user("alice"), as_user("bob")
    permit(aws, provider, f"arn:aws:iam::{OTHER}:user/alice")
    assert connect(alice, provider)
    assert is_refused(bob, provider, refused)


@pytest.mark.fidelity(
    "Withdrawing a permission stops new endpoints, and cuts none that is there", source="seen: reports of practitioners"
)
def test_withdrawing_cuts_no_endpoint(aws, provider, other, refused):
    permit(aws, provider, ROOT)
    endpoint = connect(other, provider)
    aws.wait(60)
    withdraw(aws, provider, ROOT)
    aws.wait(3600)
    assert other.seen(endpoint)["State"] == "available"
    assert is_refused(other, provider, refused)


@pytest.mark.fidelity(
    "Permissions are returned with their kind and an id; one added twice exists once",
    source="EC2 API reference, AllowedPrincipal and AddedPrincipal",
)
def test_permissions_are_listed(aws, provider):
    given = [ROOT, f"arn:aws:iam::{OTHER}:role/visitor", f"arn:aws:iam::{OTHER}:user/alice", "*"]
    added = permit(aws, provider, *given)["AddedPrincipals"]
    assert permit(aws, provider, ROOT)["AddedPrincipals"] == []
    service = provider["service"]["ServiceId"]
    listed = aws.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service)["AllowedPrincipals"]
    kinds = [(each["Principal"], each["PrincipalType"]) for each in listed]
    assert kinds == list(zip(given, ["Account", "Role", "User", "All"], strict=True))
    assert [each["ServicePermissionId"] for each in listed] == [each["ServicePermissionId"] for each in added]
    roles = aws.ec2.describe_vpc_endpoint_service_permissions(
        ServiceId=service, Filters=[{"Name": "principal-type", "Values": ["Role"]}]
    )
    assert [each["Principal"] for each in roles["AllowedPrincipals"]] == [given[1]]


@pytest.mark.fidelity(
    "A principal that is no ARN, or an ARN with a path, is refused",
    source="EC2 API reference, ModifyVpcEndpointServicePermissions; the code InvalidPrincipal is believed",
)
@pytest.mark.parametrize("principal", ["nobody", f"arn:aws:iam::{OTHER}:role/team/visitor"])
def test_a_malformed_principal_is_refused(aws, provider, refused, principal):
    call = aws.ec2.modify_vpc_endpoint_service_permissions
    code = refused(call, ServiceId=provider["service"]["ServiceId"], AddAllowedPrincipals=[principal])
    assert code == "InvalidPrincipal"


@pytest.mark.fidelity(
    "DescribeVpcEndpointServices returns the zones that both accounts have, by the names in the caller's account",
    source="EC2 API reference, DescribeVpcEndpointServices",
)
def test_zones_are_told_by_the_askers_names(aws, provider, other):
    permit(aws, provider, ROOT)

    def told(account):
        names = [provider["service"]["ServiceName"]]
        (seen,) = account.ec2.describe_vpc_endpoint_services(ServiceNames=names)["ServiceDetails"]
        zones = account.ec2.describe_availability_zones()["AvailabilityZones"]
        assert set(seen["AvailabilityZones"]) == {
            zone["ZoneName"] for zone in zones if zone["ZoneId"] in seen["AvailabilityZoneIds"]
        }
        return seen

    ours, theirs = told(aws), told(other)
    assert ours["AvailabilityZoneIds"] == theirs["AvailabilityZoneIds"]
    assert ours["AvailabilityZones"] != theirs["AvailabilityZones"]


@pytest.mark.fidelity(
    "An endpoint's zone is judged by its id: a zone of the same name in another account is another zone",
    source="EC2 user guide, AZ IDs; seen: terraform-aws-vpc#785",
)
def test_an_endpoint_is_judged_by_the_id_of_its_zone(aws, provider, other):
    permit(aws, provider, ROOT)
    served = common_zones(other, provider)
    subnets = {each["SubnetId"]: each for each in other.ec2.describe_subnets(SubnetIds=other.subnets)["Subnets"]}
    outcome = {}
    for subnet, seen in subnets.items():
        try:
            made = other.endpoint(other.network, provider["service"]["ServiceName"], subnet)
        except other.ec2.exceptions.ClientError as error:
            outcome[seen["AvailabilityZoneId"]] = error.response["Error"]["Code"]
        else:
            outcome[seen["AvailabilityZoneId"]] = "made"
            assert f"-{seen['AvailabilityZone']}." in made["DnsEntries"][1]["DnsName"]
    assert {zone for zone, end in outcome.items() if end == "made"} == set(served)
    assert {end for zone, end in outcome.items() if zone not in served} == {"InvalidParameter"}
