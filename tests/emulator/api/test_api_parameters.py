"""Parameters are in force or refused, never left out silently; what is not implemented is never a server error."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from pltui.emulator.api.parameters import Implemented, table
from tests.emulator.api.conftest import AMI, REGION

SERVICE_NETWORK = f"arn:aws:vpc-lattice:{REGION}:123456789012:servicenetwork/sn-0123456789abcdef0"


def error_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


# -- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", table())
def test_every_name_in_the_table_is_in_botocores_model(service):
    model = get_service_model(service)
    for operation, implemented in table()[service].items():
        for path in (*implemented.paths, *implemented.values):
            shape = model.operation_model(operation).input_shape
            for part in path.split("."):
                while shape.type_name == "list":
                    shape = shape.member
                assert part in shape.members, f"{operation}: {path}"
                shape = shape.members[part]


def test_a_name_stands_for_all_below_it_and_a_value_for_itself():
    one = Implemented(frozenset({"A", "B.C"}), {"D.E": frozenset({"x", "REGION"})})
    allowed = [("A", 1), ("A.B.C", 1), ("B.C", 1), ("D.E", "x"), ("D.E", "here")]
    assert all(one.allows(path, value, "here") for path, value in allowed)
    assert not any(one.allows(path, value, "here") for path, value in [("B", 1), ("B.D", 1), ("D.E", "y"), ("AB", 1)])
    assert [one.name_of(path) for path in ("B.D", "D.F.G", "X.Y")] == ["B.D", "D.F", "X"]


# -- refused ----------------------------------------------------------------------------------------------------------

REFUSED_BY_EC2 = {
    "ServiceRegion": ("create_vpc_endpoint", {"VpcId": "v", "ServiceName": "s", "ServiceRegion": "eu-west-1"}),
    "ServiceNetworkArn": (
        "create_vpc_endpoint",
        {"VpcId": "v", "VpcEndpointType": "ServiceNetwork", "ServiceNetworkArn": SERVICE_NETWORK},
    ),
    "DnsOptions.PrivateDnsPreference": (
        "create_vpc_endpoint",
        {"VpcId": "v", "ServiceName": "s", "DnsOptions": {"PrivateDnsPreference": "VERIFIED_DOMAINS_ONLY"}},
    ),
    "AvailabilityMode": ("create_nat_gateway", {"AvailabilityMode": "regional", "VpcId": "v"}),
    "SecondaryPrivateIpAddressCount": ("create_nat_gateway", {"SubnetId": "s", "SecondaryPrivateIpAddressCount": 2}),
    "VpcEncryptionControl": (
        "create_vpc",
        {"CidrBlock": "10.0.0.0/16", "VpcEncryptionControl": {"Mode": "enforce"}},
    ),
    "SupportedRegions": ("create_vpc_endpoint_service_configuration", {"SupportedRegions": ["eu-west-1"]}),
    "CpuOptions": ("run_instances", {"MinCount": 1, "MaxCount": 1, "CpuOptions": {"CoreCount": 1}}),
    "Placement.GroupName": ("run_instances", {"MinCount": 1, "MaxCount": 1, "Placement": {"GroupName": "g"}}),
    "Hibernate": ("stop_instances", {"InstanceIds": ["i-0"], "Hibernate": True}),
}


@pytest.mark.fidelity(
    "EC2 does what every parameter says",
    source="EC2 API reference",
    differs="UnsupportedOperation, not implemented by the pltui sandbox, names one that would have no effect",
)
@pytest.mark.parametrize("name", REFUSED_BY_EC2)
def test_what_ec2_would_leave_out_is_refused(aws, name):
    operation, arguments = REFUSED_BY_EC2[name]
    expected = ("UnsupportedOperation", f"not implemented by the pltui sandbox: {name}")
    assert error_of(getattr(aws.ec2, operation), **arguments) == expected


@pytest.mark.fidelity(
    "Elastic Load Balancing, IAM, Route 53 and Systems Manager do what every parameter says",
    source="their API references",
    differs="ValidationError, not implemented by the pltui sandbox, names one that would have no effect",
)
def test_what_other_services_would_leave_out_is_refused(aws, provider):
    def refuses(name, call, **arguments):
        assert error_of(call, **arguments) == ("ValidationError", f"not implemented by the pltui sandbox: {name}")

    subnet, balancer, group = provider["subnets"][0], provider["balancer"], aws.target_group(provider["vpc"])
    other = aws.target_group(provider["vpc"])
    create = aws.elbv2.create_load_balancer
    mapping = [{"SubnetId": subnet, "AllocationId": "eipalloc-0"}]
    refuses("SubnetMappings.AllocationId", create, Name="a", Type="network", SubnetMappings=mapping)
    refuses("IpAddressType", create, Name="a", Type="network", Subnets=[subnet], IpAddressType="dualstack")
    refuses("Include", aws.elbv2.describe_target_health, TargetGroupArn=group, Include=["All"])
    targets = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1} for arn in (group, other)]}
    refuses(
        "ForwardConfig.TargetGroups with several target groups",
        aws.elbv2.create_listener,
        LoadBalancerArn=balancer,
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "ForwardConfig": targets}],
    )
    for key, value in (
        ("dns_record.client_routing_policy", "availability_zone_affinity"),
        ("access_logs.s3.enabled", "true"),
        ("secondary_ips.auto_assigned.per_subnet", "2"),
    ):
        modify = aws.elbv2.modify_load_balancer_attributes
        refuses(key, modify, LoadBalancerArn=balancer, Attributes=[{"Key": key, "Value": value}])
    slow = [{"Key": "slow_start.duration_seconds", "Value": "30"}]
    refuses(
        "slow_start.duration_seconds", aws.elbv2.modify_target_group_attributes, TargetGroupArn=group, Attributes=slow
    )
    refuses(
        "ChangeGuardrails",
        aws.route53.create_hosted_zone,
        Name="a.example",
        CallerReference="a",
        ChangeGuardrails=[{"Name": "NS_FORMAT_CHECK", "Status": "ENABLED"}],
    )
    refuses(
        "OutputS3BucketName",
        aws.ssm.send_command,
        InstanceIds=["i-0123456789abcdef0"],
        DocumentName="AWS-RunShellScript",
        OutputS3BucketName="bucket",
    )


def test_values_that_ask_for_nothing_are_taken(aws, provider):
    aws.ec2.create_vpc_endpoint(
        VpcId=provider["vpc"],
        ServiceName=provider["service"]["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=provider["subnets"],
        ServiceRegion=REGION,
        DnsOptions={"DnsRecordIpType": "ipv4", "PrivateDnsOnlyForInboundResolverEndpoint": False},
    )
    defaults = {"dns_record.client_routing_policy": "any_availability_zone", "access_logs.s3.enabled": "false"}
    aws.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=provider["balancer"], Attributes=[{"Key": k, "Value": v} for k, v in defaults.items()]
    )
    aws.instance(
        provider["subnets"][0],
        Placement={"Tenancy": "default"},
        EnclaveOptions={"Enabled": False},
        MaintenanceOptions={"AutoRecovery": "default"},
    )


# -- in force ---------------------------------------------------------------------------------------------------------


def addresses(aws, interface_ids):
    found = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=interface_ids)["NetworkInterfaces"]
    return {each["SubnetId"]: each["PrivateIpAddress"] for each in found}


@pytest.mark.fidelity(
    "An endpoint's interfaces have the addresses that SubnetConfigurations say, and others after ModifyVpcEndpoint",
    source="EC2 API reference, SubnetConfiguration",
)
def test_an_endpoints_addresses_can_be_chosen(aws, provider, refused):
    # Subnets of their own: the load balancer's interfaces have addresses by chance in the others.
    one, other = aws.subnet(provider["vpc"], 2, "a"), aws.subnet(provider["vpc"], 3, "c")
    service = provider["service"]["ServiceName"]
    create = {"VpcId": provider["vpc"], "ServiceName": service, "VpcEndpointType": "Interface"}
    wanted = [{"SubnetId": one, "Ipv4": "10.0.2.77"}, {"SubnetId": other, "Ipv4": "10.0.3.78"}]
    endpoint = aws.ec2.create_vpc_endpoint(**create, SubnetIds=[one, other], SubnetConfigurations=wanted)["VpcEndpoint"]
    assert addresses(aws, endpoint["NetworkInterfaceIds"]) == {one: "10.0.2.77", other: "10.0.3.78"}
    assert set(endpoint["SubnetIds"]) == {one, other}
    again = [{"SubnetId": one, "Ipv4": "10.0.2.77"}]
    taken = refused(aws.ec2.create_vpc_endpoint, **create, SubnetIds=[one], SubnetConfigurations=again)
    assert taken == "InvalidIPAddress.InUse"
    aws.wait(90)
    moved = [{"SubnetId": one, "Ipv4": "10.0.2.99"}]
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], SubnetConfigurations=moved)
    seen = aws.seen(endpoint["VpcEndpointId"])
    assert addresses(aws, seen["NetworkInterfaceIds"]) == {one: "10.0.2.99", other: "10.0.3.78"}
    assert len(seen["DnsEntries"]) == 3


@pytest.mark.fidelity(
    "The nodes of an internal network load balancer have the addresses that its subnet mappings give them",
    source="elbv2 API reference, SubnetMapping and LoadBalancerAddress",
)
def test_a_load_balancers_addresses_can_be_chosen(aws, refused):
    vpc = aws.vpc()
    one, other = aws.subnet(vpc, 0, "a"), aws.subnet(vpc, 1, "c")
    mapping = [{"SubnetId": one, "PrivateIPv4Address": "10.0.0.50"}, {"SubnetId": other}]
    call = {"Name": aws.name("fixed"), "Type": "network", "Scheme": "internal", "SubnetMappings": mapping}
    (made,) = aws.elbv2.create_load_balancer(**call)["LoadBalancers"]
    assert aws.elbv2.create_load_balancer(**call)["LoadBalancers"][0]["LoadBalancerArn"] == made["LoadBalancerArn"]
    (seen,) = aws.elbv2.describe_load_balancers(LoadBalancerArns=[made["LoadBalancerArn"]])["LoadBalancers"]
    shown = {zone["SubnetId"]: zone.get("LoadBalancerAddresses", []) for zone in seen["AvailabilityZones"]}
    assert shown == {one: [{"PrivateIPv4Address": "10.0.0.50"}], other: []}
    name = made["LoadBalancerArn"].split("loadbalancer/")[1]
    nodes = {each["SubnetId"]: each["PrivateIpAddress"] for each in aws.interfaces(description=f"ELB {name}")}
    assert nodes[one] == "10.0.0.50"
    taken = {**call, "Name": aws.name("fixed"), "SubnetMappings": mapping[:1]}
    assert refused(aws.elbv2.create_load_balancer, **taken) == "InvalidConfigurationRequest"
    third = aws.subnet(vpc, 2, "d")
    more = [{"SubnetId": one}, {"SubnetId": other}, {"SubnetId": third, "PrivateIPv4Address": "10.0.2.60"}]
    aws.elbv2.set_subnets(LoadBalancerArn=made["LoadBalancerArn"], SubnetMappings=more)
    assert "10.0.2.60" in {each["PrivateIpAddress"] for each in aws.interfaces(description=f"ELB {name}")}


@pytest.mark.fidelity(
    "RunInstances starts as many as MaxCount says, all with the profile and the protection that are asked for",
    source="EC2 API reference, RunInstances",
)
def test_as_many_instances_as_max_count_says(aws):
    subnet, profile = aws.subnet(aws.vpc()), aws.profile()
    made = aws.ec2.run_instances(
        ImageId=AMI,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=3,
        SubnetId=subnet,
        IamInstanceProfile={"Name": profile},
        DisableApiTermination=True,
    )["Instances"]
    assert len(made) == 3
    ids = [each["InstanceId"] for each in made]
    by_instance = [{"Name": "instance-id", "Values": ids}]
    associated = aws.ec2.describe_iam_instance_profile_associations(Filters=by_instance)
    assert {each["InstanceId"] for each in associated["IamInstanceProfileAssociations"]} == set(ids)
    protected = aws.ec2.describe_instance_attribute(InstanceId=ids[2], Attribute="disableApiTermination")
    assert protected["DisableApiTermination"]["Value"] is True


# -- operations that are lacking --------------------------------------------------------------------------------------

LACKING = {
    "pricing": ("get_products", {"ServiceCode": "AmazonEC2"}, "pricing:GetProducts"),
    "arc-zonal-shift": (
        "start_zonal_shift",
        {"resourceIdentifier": "arn:aws:x", "awayFrom": "apne1-az1", "expiresIn": "1h", "comment": "c"},
        "arc-zonal-shift:POST /zonalshifts",
    ),
    "ec2": ("create_network_insights_path", {"Source": "a", "Protocol": "tcp"}, "ec2:CreateNetworkInsightsPath"),
    "elbv2": ("describe_trust_stores", {}, "elbv2:DescribeTrustStores"),
    "elb": (
        "attach_load_balancer_to_subnets",
        {"LoadBalancerName": "a", "Subnets": ["b"]},
        "elb:AttachLoadBalancerToSubnets",
    ),
    "route53": ("list_traffic_policies", {}, "route53:GET /2013-04-01/trafficpolicies"),
    "ssm": ("start_session", {"Target": "i-0"}, "ssm:StartSession"),
    "cloudwatch": ("list_metric_streams", {}, "cloudwatch:ListMetricStreams"),
}


@pytest.mark.fidelity(
    "AWS has more operations than these",
    source="botocore's models",
    differs="an operation or service that the sandbox lacks is InvalidAction or UnknownOperationException (HTTP 400)",
)
@pytest.mark.parametrize("service", LACKING)
def test_what_is_lacking_is_refused_in_the_protocols_own_way(aws, service):
    operation, arguments, name = LACKING[service]
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operation)(**arguments)
    answer = caught.value.response
    assert answer["Error"]["Code"] in ("InvalidAction", "UnknownOperationException")
    assert answer["Error"]["Message"] == f"not implemented by the pltui sandbox: {name}"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


SAMPLED = ("elbv2", "iam", "route53", "ssm", "sts", "vpc-lattice", "ram", "guardduty", "service-quotas", "logs", "acm")
A_FEW = 6


def least(shape, depth=0):
    """The least that a shape of botocore's asks for."""
    match shape.type_name:
        case "structure":
            return {name: least(shape.members[name], depth + 1) for name in shape.required_members if depth < 5}
        case "list":
            return [least(shape.member, depth + 1)] if depth < 5 else []
        case "map":
            return {}
        case "string":
            return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
        case "boolean":
            return False
        case "blob":
            return b"x"
        case "timestamp":
            return "2026-01-01T00:00:00Z"
    return max(1, shape.metadata.get("min", 1))


def statuses(aws, service, every):
    """HTTP statuses that are server errors, by operation, of every nth operation asked for as little as may be."""
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client(service, endpoint_url=aws.url, region_name=REGION, config=config, **keys)
    model, failed = client.meta.service_model, {}
    for name in model.operation_names[::every]:
        shape = model.operation_model(name).input_shape
        try:
            client._make_api_call(name, least(shape) if shape else {})
        except ClientError as refusal:
            status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
            if status >= 500:
                failed[name] = status
    return failed


@pytest.mark.parametrize("service", ["ec2", *SAMPLED])
def test_no_operation_is_a_server_error(aws, service):
    count = len(get_service_model(service).operation_names)
    assert statuses(aws, service, max(1, count // A_FEW)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("service", ["ec2", "elbv2", "iam", "route53", "ssm", "sts"])
def test_no_operation_at_all_is_a_server_error(aws, service):
    assert statuses(aws, service, 1) == {}
