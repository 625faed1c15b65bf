"""Instances and their profiles."""

import pytest

AMI = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.fixture
def running(aws):
    instance = aws.instance(aws.subnet(aws.vpc()))
    aws.wait(30)
    return instance


def seen(aws, instance):
    return aws.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


@pytest.mark.parametrize("change", [{"InstanceType": {"Value": "t3.small"}}, {"UserData": {"Value": b"#!/bin/sh"}}])
@pytest.mark.fidelity(
    "The type and the user data of an instance change only while it is stopped: IncorrectInstanceState",
    source="EC2 API reference, ModifyInstanceAttribute",
)
def test_type_and_user_data_change_only_when_stopped(aws, running, refused, change):
    modify = aws.ec2.modify_instance_attribute
    assert refused(modify, InstanceId=running, **change) == "IncorrectInstanceState"
    aws.ec2.stop_instances(InstanceIds=[running])
    assert refused(modify, InstanceId=running, **change) == "IncorrectInstanceState"
    aws.wait(40)
    modify(InstanceId=running, **change)
    if "InstanceType" in change:
        assert seen(aws, running)["InstanceType"] == "t3.small"


@pytest.mark.fidelity(
    "User data has at most 16,384 bytes: InvalidParameterValue", source="EC2 user guide, Run commands at launch: limits"
)
def test_user_data_has_a_limit(aws, running, refused):
    aws.ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, UserData="#" * 16384)
    assert refused(aws.ec2.run_instances, ImageId=AMI, MinCount=1, MaxCount=1, UserData="#" * 16385) == (
        "InvalidParameterValue"
    )
    aws.ec2.stop_instances(InstanceIds=[running])
    aws.wait(40)
    modify = aws.ec2.modify_instance_attribute
    assert refused(modify, InstanceId=running, UserData={"Value": b"#" * 16385}) == "InvalidParameterValue"
    modify(InstanceId=running, UserData={"Value": b"#" * 16384})


@pytest.mark.fidelity(
    "A change of metadata options keeps those that it does not name",
    source="EC2 API reference, ModifyInstanceMetadataOptions",
)
def test_metadata_options_that_are_not_named_stay(aws, running):
    modify = aws.ec2.modify_instance_metadata_options
    modify(InstanceId=running, HttpTokens="required", HttpPutResponseHopLimit=2)
    modify(InstanceId=running, HttpEndpoint="disabled")
    options = seen(aws, running)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpEndpoint"]) == ("required", "disabled")
    assert options["HttpPutResponseHopLimit"] == 2


@pytest.mark.fidelity(
    "A protected instance cannot be terminated: OperationNotPermitted, and those named with it stay",
    source="EC2 user guide, termination protection",
)
def test_a_protected_instance_is_not_terminated(aws, running, refused):
    other = aws.instance(seen(aws, running)["SubnetId"])
    protect = {"InstanceId": running, "DisableApiTermination": {"Value": True}}
    aws.ec2.modify_instance_attribute(**protect)
    assert refused(aws.ec2.terminate_instances, InstanceIds=[other, running]) == "OperationNotPermitted"
    assert seen(aws, other)["State"]["Name"] == "pending"
    aws.ec2.modify_instance_attribute(InstanceId=running, DisableApiTermination={"Value": False})
    aws.ec2.terminate_instances(InstanceIds=[running])


@pytest.mark.fidelity(
    "Only what runs can be rebooted, and it runs on: IncorrectInstanceState",
    source="EC2 API reference, RebootInstances; error codes",
)
def test_only_what_runs_is_rebooted(aws, running, refused):
    aws.ec2.reboot_instances(InstanceIds=[running])
    assert seen(aws, running)["State"]["Name"] == "running"
    aws.ec2.stop_instances(InstanceIds=[running])
    aws.wait(40)
    assert refused(aws.ec2.reboot_instances, InstanceIds=[running]) == "IncorrectInstanceState"


@pytest.mark.fidelity(
    "Starting what runs and stopping what is stopped succeed, and say so; an instance that is stopping cannot start: "
    "IncorrectInstanceState",
    source="EC2 API reference, StartInstances and StopInstances",
)
def test_starting_and_stopping_again_change_nothing(aws, running, refused):
    (again,) = aws.ec2.start_instances(InstanceIds=[running])["StartingInstances"]
    assert again["PreviousState"]["Name"] == "running"
    aws.ec2.stop_instances(InstanceIds=[running])
    assert refused(aws.ec2.start_instances, InstanceIds=[running]) == "IncorrectInstanceState"
    aws.wait(40)
    aws.ec2.stop_instances(InstanceIds=[running])
    assert seen(aws, running)["State"]["Name"] == "stopped"


@pytest.mark.fidelity(
    "A terminated instance can be terminated again, and stays described for its hour",
    source="EC2 user guide, terminate instances",
)
def test_terminating_again_changes_nothing(aws, running):
    aws.ec2.terminate_instances(InstanceIds=[running])
    aws.wait(45)
    (again,) = aws.ec2.terminate_instances(InstanceIds=[running])["TerminatingInstances"]
    assert again["PreviousState"]["Name"] == "terminated"
    assert seen(aws, running)["State"]["Name"] == "terminated"


@pytest.mark.fidelity(
    "An instance keeps its private address when it is stopped", source="EC2 user guide, stop and start instances"
)
def test_a_stopped_instance_keeps_its_address(aws, running):
    address = seen(aws, running)["PrivateIpAddress"]
    aws.ec2.stop_instances(InstanceIds=[running])
    aws.wait(40)
    aws.ec2.start_instances(InstanceIds=[running])
    aws.wait(30)
    assert seen(aws, running)["PrivateIpAddress"] == address


@pytest.mark.fidelity(
    "Groups that are not there cannot be given to an instance: InvalidGroup.NotFound",
    source="EC2 API reference, error codes",
)
def test_an_instance_gets_groups_that_are_there(aws, running, refused):
    call = {"InstanceId": running, "Groups": ["sg-00000000000000000"]}
    assert refused(aws.ec2.modify_instance_attribute, **call) == "InvalidGroup.NotFound"


@pytest.mark.fidelity(
    "An instance profile that is not there is InvalidParameterValue: Invalid IAM Instance Profile name",
    source="seen: Terraform's AWS provider",
)
def test_ec2_words_an_unknown_profile_itself(aws, refused):
    subnet = aws.subnet(aws.vpc())
    for key, value, words in (
        ("Name", "nobodys", "Value (nobodys) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance"),
        ("Arn", "arn:aws:iam::123456789012:instance-profile/nobodys", "Invalid IAM Instance Profile ARN"),
    ):
        with pytest.raises(aws.ec2.exceptions.ClientError) as caught:
            aws.instance(subnet, IamInstanceProfile={key: value})
        error = caught.value.response["Error"]
        assert error["Code"] == "InvalidParameterValue"
        assert words in error["Message"]
    call = {"InstanceId": aws.instance(subnet), "IamInstanceProfile": {"Name": "nobodys"}}
    assert refused(aws.ec2.associate_iam_instance_profile, **call) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "Listings of profiles and roles keep to the path asked for", source="IAM API reference, ListInstanceProfiles"
)
def test_listings_keep_to_a_path(aws):
    here, there = aws.name("here"), aws.name("there")
    for name in (here, there):
        aws.iam.create_instance_profile(InstanceProfileName=name, Path=f"/{name}/")
        aws.iam.create_role(RoleName=name, Path=f"/{name}/", AssumeRolePolicyDocument="{}")
    profiles = aws.iam.list_instance_profiles(PathPrefix=f"/{here}/")["InstanceProfiles"]
    roles = aws.iam.list_roles(PathPrefix=f"/{here}/")["Roles"]
    assert [profile["InstanceProfileName"] for profile in profiles] == [here]
    assert [role["RoleName"] for role in roles] == [here]


@pytest.mark.fidelity(
    "Roles and instance profiles have one of a name: EntityAlreadyExists; attaching a policy twice does no harm",
    source="IAM API reference, CreateRole, CreateInstanceProfile and AttachRolePolicy",
)
def test_a_role_has_its_name_alone(aws, refused):
    name = aws.profile("AmazonSSMManagedInstanceCore")
    assert refused(aws.iam.create_instance_profile, InstanceProfileName=name) == "EntityAlreadyExists"
    assert refused(aws.iam.create_role, RoleName=name, AssumeRolePolicyDocument="{}") == "EntityAlreadyExists"
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    aws.iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    assert len(aws.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]) == 1


@pytest.mark.fidelity(
    "An interface that is not to go with its instance is free once the instance is terminated: available, unattached",
    source="EC2 user guide, network interfaces: termination behaviour",
)
def test_a_kept_interface_is_free_once_its_instance_is_terminated(aws):
    subnet = aws.subnet(aws.vpc())
    kept = {"DeviceIndex": 0, "SubnetId": subnet, "DeleteOnTermination": False}
    made = aws.ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, NetworkInterfaces=[kept])["Instances"][0]
    aws.ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    aws.wait(45)
    (interface,) = aws.interfaces(subnet_id=subnet)
    assert (interface["Status"], "Attachment" in interface) == ("available", False)
    assert seen(aws, made["InstanceId"])["NetworkInterfaces"] == []
    again = {"DeviceIndex": 0, "NetworkInterfaceId": interface["NetworkInterfaceId"]}
    other = aws.ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, NetworkInterfaces=[again])["Instances"][0]
    aws.ec2.terminate_instances(InstanceIds=[other["InstanceId"]])
    aws.wait(45)
    aws.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert aws.interfaces(subnet_id=subnet) == []


@pytest.mark.fidelity(
    "An interface that is attached cannot be given to another instance: InvalidNetworkInterface.InUse",
    source="EC2 API reference, error codes",
)
def test_an_interface_has_one_instance(aws, running, refused):
    held = {"DeviceIndex": 0, "NetworkInterfaceId": seen(aws, running)["NetworkInterfaces"][0]["NetworkInterfaceId"]}
    call = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1, "NetworkInterfaces": [held]}
    assert refused(aws.ec2.run_instances, **call) == "InvalidNetworkInterface.InUse"
    other = {"InstanceId": aws.instance(seen(aws, running)["SubnetId"]), "DeviceIndex": 1}
    held = {"NetworkInterfaceId": held["NetworkInterfaceId"]}
    assert refused(aws.ec2.attach_network_interface, **held, **other) == "InvalidNetworkInterface.InUse"


@pytest.mark.fidelity(
    "The first interface of an instance cannot be detached, others can: OperationNotPermitted",
    source="EC2 user guide, network interfaces",
)
def test_the_first_interface_stays(aws, running, refused):
    made = aws.ec2.create_network_interface(SubnetId=seen(aws, running)["SubnetId"])["NetworkInterface"]
    second = {"NetworkInterfaceId": made["NetworkInterfaceId"], "InstanceId": running, "DeviceIndex": 1}
    attachment = aws.ec2.attach_network_interface(**second)["AttachmentId"]
    first = next(each for each in seen(aws, running)["NetworkInterfaces"] if each["Attachment"]["DeviceIndex"] == 0)
    detach = aws.ec2.detach_network_interface
    assert refused(detach, AttachmentId=first["Attachment"]["AttachmentId"]) == "OperationNotPermitted"
    detach(AttachmentId=attachment)
    assert len(seen(aws, running)["NetworkInterfaces"]) == 1


@pytest.mark.fidelity(
    "Instances of a spot fleet are terminated with it", source="EC2 API reference, CancelSpotFleetRequests"
)
def test_instances_end_though_their_fleet_is_gone(aws):
    subnet = aws.subnet(aws.vpc())
    specification = {"ImageId": AMI, "InstanceType": "t3.micro", "SubnetId": subnet}
    role = "arn:aws:iam::123456789012:role/fleet"
    config = {"TargetCapacity": 2, "IamFleetRole": role, "LaunchSpecifications": [specification]}
    config |= {"SpotPrice": "1", "AllocationStrategy": "lowestPrice"}
    fleet = aws.ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]
    members = aws.ec2.describe_spot_fleet_instances(SpotFleetRequestId=fleet)["ActiveInstances"]
    aws.ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[fleet], TerminateInstances=True)
    aws.wait(45)
    assert {seen(aws, each["InstanceId"])["State"]["Name"] for each in members} == {"terminated"}


@pytest.mark.fidelity(
    "Without groups, an instance and an interface have the default group of their VPC; else the first interface's",
    source="EC2 API reference, RunInstances and CreateNetworkInterface",
)
def test_without_groups_there_is_the_default_group(aws):
    vpc = aws.vpc()
    subnet, group = aws.subnet(vpc), aws.group(vpc)
    default = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    default_group = aws.ec2.describe_security_groups(Filters=default)["SecurityGroups"][0]["GroupId"]
    chosen = [{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group]}]
    call = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1}
    for more, wanted in (
        ({"SubnetId": subnet}, default_group),
        ({"SubnetId": subnet, "SecurityGroupIds": [group]}, group),
        ({"NetworkInterfaces": chosen}, group),
    ):
        made = aws.ec2.run_instances(**call, **more)["Instances"][0]
        assert [each["GroupId"] for each in made["SecurityGroups"]] == [wanted]
        assert [each["GroupId"] for each in made["NetworkInterfaces"][0]["Groups"]] == [wanted]
    made = aws.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    assert [each["GroupId"] for each in made["Groups"]] == [default_group]


@pytest.mark.fidelity(
    "DescribeInstances compares the filter image-id with the image's own id",
    source="EC2 API reference, DescribeInstances",
    differs="a value resolve:ssm:… stands for the image which that parameter names, so that tools that look for their "
    "machines by the image they asked for find them again",
)
def test_an_instance_is_found_by_the_parameter_that_names_its_image(aws, running):
    def found(image):
        filters = [{"Name": "image-id", "Values": [image]}, {"Name": "instance-id", "Values": [running]}]
        return [
            each["Instances"][0]["InstanceId"] for each in aws.ec2.describe_instances(Filters=filters)["Reservations"]
        ]

    assert seen(aws, running)["ImageId"].startswith("ami-")
    for image in (AMI, seen(aws, running)["ImageId"]):
        assert found(image) == [running]
    for image in (AMI.replace("x86_64", "arm64"), "resolve:ssm:/no/such/parameter"):
        assert found(image) == []


@pytest.mark.fidelity(
    "RunInstances tags the volumes and network interfaces it creates, where TagSpecifications names them",
    source="EC2 API reference, RunInstances, TagSpecification",
)
def test_what_comes_with_an_instance_is_tagged_on_request(aws):
    kinds = ("instance", "volume", "network-interface")
    tags = [{"ResourceType": kind, "Tags": [{"Key": "team", "Value": kind}]} for kind in kinds]
    aws.ec2.run_instances(
        ImageId=AMI, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=aws.subnet(aws.vpc()),
        TagSpecifications=tags,
    )  # fmt: skip
    found = aws.ec2.describe_tags(Filters=[{"Name": "key", "Values": ["team"]}])["Tags"]
    assert {(tag["ResourceType"], tag["Value"]) for tag in found} == {(kind, kind) for kind in kinds}
