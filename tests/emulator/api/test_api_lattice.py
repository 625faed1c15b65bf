"""VPC Lattice: resource gateways and resource configurations."""

import re

import pytest
from botocore.exceptions import ClientError

GONE_GATEWAY, GONE_CONFIGURATION = "rgw-00000000000000000", "rcfg-00000000000000000"
BECOMES_ACTIVE = 60


@pytest.fixture
def lattice(aws):
    return aws.client("vpc-lattice")


@pytest.fixture
def place(aws):
    """A VPC with subnets in zones a and c, and a group."""
    vpc = aws.vpc()
    return {"vpc": vpc, "subnets": [aws.subnet(vpc, 0, "a"), aws.subnet(vpc, 1, "c")], "group": aws.group(vpc)}


@pytest.fixture
def gateway(aws, lattice, place):
    return lattice.create_resource_gateway(
        name=aws.name("gateway"),
        vpcIdentifier=place["vpc"],
        subnetIds=place["subnets"],
        securityGroupIds=[place["group"]],
    )


def configuration(aws, lattice, gateway, **more):
    more.setdefault("name", aws.name("configuration"))
    more.setdefault("portRanges", ["80"])
    more.setdefault("resourceConfigurationDefinition", {"ipResource": {"ipAddress": "10.0.0.10"}})
    return lattice.create_resource_configuration(type="SINGLE", resourceGatewayIdentifier=gateway["id"], **more)


def refusal(call, **arguments):
    """The code and HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.fidelity(
    "A resource gateway is CREATE_IN_PROGRESS, then ACTIVE; it is found by id and by ARN",
    source="VPC Lattice API reference, CreateResourceGateway and GetResourceGateway; the time is believed",
)
def test_a_gateway_becomes_active(aws, lattice, place, gateway):
    assert re.fullmatch("rgw-[0-9a-z]{17}", gateway["id"])
    assert gateway["arn"].endswith(f":123456789012:resourcegateway/{gateway['id']}")
    assert (gateway["status"], gateway["vpcIdentifier"]) == ("CREATE_IN_PROGRESS", place["vpc"])
    aws.wait(BECOMES_ACTIVE)
    for identifier in (gateway["id"], gateway["arn"]):
        seen = lattice.get_resource_gateway(resourceGatewayIdentifier=identifier)
        assert (seen["status"], seen["vpcId"], seen["ipAddressType"]) == ("ACTIVE", place["vpc"], "IPV4")
    assert gateway["id"] in [each["id"] for each in lattice.list_resource_gateways()["items"]]


@pytest.mark.fidelity(
    "A resource gateway has an interface in each subnet, with its groups, which is not the account's to delete",
    source="VPC user guide, requester-managed interfaces; PrivateLink guide, resource gateways",
)
def test_a_gateway_has_interfaces(aws, place, gateway, refused):
    interfaces = aws.interfaces(description=f"Resource Gateway Interface {gateway['id']}")
    assert sorted(each["SubnetId"] for each in interfaces) == sorted(place["subnets"])
    for each in interfaces:
        assert (each["InterfaceType"], each["RequesterManaged"]) == ("interface", True)
        assert [group["GroupId"] for group in each["Groups"]] == [place["group"]]
    delete = aws.ec2.delete_network_interface
    assert refused(delete, NetworkInterfaceId=interfaces[0]["NetworkInterfaceId"]) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "The groups of a resource gateway can be changed", source="VPC Lattice API reference, UpdateResourceGateway"
)
def test_a_gateways_groups_change(aws, lattice, place, gateway):
    other = aws.group(place["vpc"])
    lattice.update_resource_gateway(resourceGatewayIdentifier=gateway["id"], securityGroupIds=[other])
    assert lattice.get_resource_gateway(resourceGatewayIdentifier=gateway["id"])["securityGroupIds"] == [other]
    for each in aws.interfaces(description=f"Resource Gateway Interface {gateway['id']}"):
        assert [group["GroupId"] for group in each["Groups"]] == [other]


@pytest.mark.fidelity(
    "A resource gateway in use is not deleted: ConflictException; one that is deleted keeps its interfaces for a while",
    source="VPC Lattice API reference, DeleteResourceGateway",
)
def test_a_gateway_is_deleted_once_it_is_free(aws, lattice, place, gateway, refused):
    made = configuration(aws, lattice, gateway)
    delete = lattice.delete_resource_gateway
    assert refusal(delete, resourceGatewayIdentifier=gateway["id"]) == ("ConflictException", 409)
    lattice.delete_resource_configuration(resourceConfigurationIdentifier=made["id"])
    assert delete(resourceGatewayIdentifier=gateway["arn"])["status"] == "DELETE_IN_PROGRESS"
    assert refused(aws.ec2.delete_subnet, SubnetId=place["subnets"][0]) == "DependencyViolation"
    aws.wait(60)
    get = lattice.get_resource_gateway
    assert refusal(get, resourceGatewayIdentifier=gateway["id"]) == ("ResourceNotFoundException", 404)
    aws.ec2.delete_subnet(SubnetId=place["subnets"][0])


@pytest.mark.fidelity(
    "A resource configuration of one address or name is CREATE_IN_PROGRESS, then ACTIVE",
    source="VPC Lattice API reference, CreateResourceConfiguration",
)
@pytest.mark.parametrize(
    "definition",
    [
        {"ipResource": {"ipAddress": "10.0.0.10"}},
        {"dnsResource": {"domainName": "db.example.com", "ipAddressType": "IPV4"}},
    ],
)
def test_a_configuration_becomes_active(aws, lattice, gateway, definition):
    made = configuration(aws, lattice, gateway, resourceConfigurationDefinition=definition, portRanges=["80", "1-9"])
    assert re.fullmatch("rcfg-[0-9a-z]{17}", made["id"])
    assert made["status"] == "CREATE_IN_PROGRESS"
    aws.wait(BECOMES_ACTIVE)
    seen = lattice.get_resource_configuration(resourceConfigurationIdentifier=made["arn"])
    assert (seen["status"], seen["type"], seen["protocol"]) == ("ACTIVE", "SINGLE", "TCP")
    assert (seen["resourceGatewayId"], seen["portRanges"]) == (gateway["id"], ["80", "1-9"])
    assert seen["resourceConfigurationDefinition"] == definition
    listed = lattice.list_resource_configurations(resourceGatewayIdentifier=gateway["id"])["items"]
    assert [each["id"] for each in listed] == [made["id"]]


@pytest.mark.fidelity(
    "A resource configuration can be pointed elsewhere", source="VPC Lattice API reference, UpdateResourceConfiguration"
)
def test_a_configuration_changes(aws, lattice, gateway):
    made = configuration(aws, lattice, gateway)["id"]
    definition = {"ipResource": {"ipAddress": "10.0.0.11"}}
    lattice.update_resource_configuration(
        resourceConfigurationIdentifier=made, resourceConfigurationDefinition=definition, portRanges=["8080"]
    )
    seen = lattice.get_resource_configuration(resourceConfigurationIdentifier=made)
    assert (seen["resourceConfigurationDefinition"], seen["portRanges"]) == (definition, ["8080"])


@pytest.mark.fidelity(
    "An address outside the gateway's VPC, or no port that there is: ValidationException",
    source="VPC Lattice API reference, CreateResourceConfiguration",
)
@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceConfigurationDefinition": {"ipResource": {"ipAddress": "192.0.2.1"}}},
        {"portRanges": ["0"]},
        {"portRanges": ["90-80"]},
        {"portRanges": ["http"]},
        {"portRanges": []},
        {"name": "-no-"},
    ],
)
def test_a_wrong_configuration_is_refused(aws, lattice, gateway, wrong):
    assert refusal(configuration, aws=aws, lattice=lattice, gateway=gateway, **wrong) == ("ValidationException", 400)


@pytest.mark.fidelity(
    "Resource configurations are of type SINGLE, GROUP, CHILD, ARN or CIDR",
    source="VPC Lattice API reference, CreateResourceConfiguration",
    differs="only SINGLE is there: the others lead to databases and groups of resources, which the sandbox has not",
)
def test_other_types_of_configurations_are_refused(aws, lattice, gateway):
    create = lattice.create_resource_configuration
    assert refusal(create, name=aws.name("group"), type="GROUP", portRanges=["80"])[0] == "ValidationException"


@pytest.mark.fidelity(
    "A token makes one resource gateway, with other parameters it is a conflict, as is a name that is in use",
    source="VPC Lattice API reference, clientToken and name; ConflictException is believed",
)
def test_a_token_and_a_name_make_one(aws, lattice, place):
    asked = {"name": aws.name("gateway"), "vpcIdentifier": place["vpc"], "subnetIds": place["subnets"]}
    create, token = lattice.create_resource_gateway, aws.name("token")
    first, second = (create(**asked, clientToken=token) for _ in range(2))
    assert first["id"] == second["id"]
    assert refusal(create, **{**asked, "name": aws.name("gateway")}, clientToken=token)[0] == "ConflictException"
    assert refusal(create, **asked, clientToken=aws.name("token")) == ("ConflictException", 409)


@pytest.mark.fidelity(
    "A gateway's subnets and groups are of its VPC", source="VPC Lattice API reference, CreateResourceGateway"
)
def test_a_gateway_keeps_to_its_vpc(aws, lattice, place):
    elsewhere = aws.vpc()
    asked = {"name": aws.name("gateway"), "vpcIdentifier": place["vpc"], "subnetIds": place["subnets"]}
    create = lattice.create_resource_gateway
    for wrong in (
        {"subnetIds": [aws.subnet(elsewhere)]},
        {"subnetIds": []},
        {"securityGroupIds": [aws.group(elsewhere)]},
    ):
        assert refusal(create, **(asked | wrong))[0] == "ValidationException"
    gone = asked | {"vpcIdentifier": "vpc-00000000000000000"}
    assert refusal(create, **gone) == ("ResourceNotFoundException", 404)


@pytest.mark.fidelity(
    "Resource gateways and configurations can be tagged, at creation and later",
    source="VPC Lattice API reference, TagResource",
)
def test_tags(aws, lattice, gateway):
    made = configuration(aws, lattice, gateway, tags={"lab": "one"})["arn"]
    lattice.tag_resource(resourceArn=made, tags={"more": "two"})
    assert lattice.list_tags_for_resource(resourceArn=made)["tags"] == {"lab": "one", "more": "two"}


@pytest.mark.fidelity(
    "Lists of resource configurations come in pages", source="VPC Lattice API reference, ListResourceConfigurations"
)
def test_lists_come_in_pages(aws, lattice, gateway):
    made = [configuration(aws, lattice, gateway)["id"] for _ in range(3)]
    pages = lattice.get_paginator("list_resource_configurations").paginate(
        resourceGatewayIdentifier=gateway["id"], PaginationConfig={"PageSize": 2}
    )
    assert [[each["id"] for each in page["items"]] for page in pages] == [made[:2], made[2:]]


@pytest.mark.fidelity(
    "A resource gateway or configuration that is not there: ResourceNotFoundException, 404",
    source="VPC Lattice API reference, GetResourceGateway and GetResourceConfiguration",
)
def test_what_is_not_there_is_not_found(lattice):
    not_found = ("ResourceNotFoundException", 404)
    for call in (lattice.get_resource_gateway, lattice.delete_resource_gateway):
        assert refusal(call, resourceGatewayIdentifier=GONE_GATEWAY) == not_found
    for call in (lattice.get_resource_configuration, lattice.delete_resource_configuration):
        assert refusal(call, resourceConfigurationIdentifier=GONE_CONFIGURATION) == not_found


def test_another_account_has_its_own(aws, lattice, gateway):
    other = aws.other_account("222222222222").client("vpc-lattice")
    assert gateway["id"] not in [each["id"] for each in other.list_resource_gateways()["items"]]
    get = other.get_resource_gateway
    assert refusal(get, resourceGatewayIdentifier=gateway["id"])[0] == "ResourceNotFoundException"
