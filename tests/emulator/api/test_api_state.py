"""The API's state as a whole: saved, loaded, emptied."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pltui.emulator.api import app
from pltui.emulator.api.object_graph import GraphError
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.state import load, reset, save
from tests.emulator.api.conftest import Aws

REGION = "ap-northeast-1"


@pytest.fixture
def lab(aws: Aws) -> ApiContext:
    del aws
    return app._current[0]


def saved(lab: ApiContext) -> dict[str, Any]:
    """As a file would hold it."""
    document: dict[str, Any] = json.loads(json.dumps(save(lab)))
    return document


def everything(aws: Aws, group: str) -> str:
    """What each describe of a lab's types answers, ids and times included."""
    answers = [
        aws.ec2.describe_vpcs(),
        aws.ec2.describe_subnets(),
        aws.ec2.describe_route_tables(),
        aws.ec2.describe_security_groups(),
        aws.ec2.describe_instances(),
        aws.ec2.describe_network_interfaces(),
        aws.ec2.describe_vpc_endpoints(),
        aws.ec2.describe_vpc_endpoint_service_configurations(),
        aws.ec2.describe_tags(),
        aws.elbv2.describe_load_balancers(),
        aws.elbv2.describe_target_groups(),
        aws.elbv2.describe_target_health(TargetGroupArn=group),
        aws.iam.list_roles(),
        aws.iam.list_instance_profiles(),
        aws.route53.list_hosted_zones(),
    ]
    return json.dumps([{**each, "ResponseMetadata": None} for each in answers], default=str)


@pytest.mark.slow
def test_a_lab_that_is_loaded_is_the_one_that_was_saved_to_the_last_id(
    aws: Aws, lab: ApiContext, provider: dict[str, Any], consumer: dict[str, Any]
) -> None:
    group = aws.target_group(provider["vpc"])
    aws.listener(provider["balancer"], group)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": aws.instance(provider["subnets"][0])}])
    aws.wait(300)
    aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    aws.profile("AmazonSSMManagedInstanceCore")
    zone = {"VPCRegion": REGION, "VPCId": consumer["vpc"]}
    aws.route53.create_hosted_zone(Name="example.local", CallerReference=aws.name("zone"), VPC=zone)
    aws.wait(300)
    before, state = everything(aws, group), saved(lab)
    reset(lab)
    assert aws.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    load(lab, state)
    assert everything(aws, group) == before


def test_what_time_was_to_bring_it_brings_to_a_lab_that_is_loaded(
    aws: Aws, lab: ApiContext, provider: dict[str, Any], consumer: dict[str, Any]
) -> None:
    endpoint = aws.endpoint(consumer["vpc"], provider["service"]["ServiceName"], consumer["subnets"]["a"])
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == "pending"
    state = saved(lab)
    reset(lab)
    load(lab, state)
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == "pending"
    aws.wait(300)
    assert aws.seen(endpoint["VpcEndpointId"])["State"] == "available"


def test_a_lab_that_is_loaded_goes_on_as_if_nothing_had_been(
    aws: Aws, lab: ApiContext, refused: Callable[..., str]
) -> None:
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    load(lab, saved(lab))
    assert refused(aws.ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_vpc(VpcId=vpc)
    assert refused(aws.ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"


def test_a_client_token_is_remembered_over_saving_and_loading(aws: Aws, lab: ApiContext) -> None:
    subnet = aws.subnet(aws.vpc())
    token = aws.name("token")
    first = aws.instance(subnet, ClientToken=token)
    load(lab, saved(lab))
    assert aws.instance(subnet, ClientToken=token) == first


@pytest.mark.slow
def test_saving_a_loaded_lab_gives_the_same_again(aws: Aws, lab: ApiContext) -> None:
    aws.instance(aws.subnet(aws.vpc()))
    first = saved(lab)
    load(lab, first)
    second = saved(lab)
    assert len(second["nodes"]) == len(first["nodes"])
    assert second["services"] == first["services"]


def test_a_reset_leaves_what_a_new_sandbox_has(aws: Aws, lab: ApiContext) -> None:
    aws.vpc()
    aws.client("s3").create_bucket(Bucket="name-for-all", CreateBucketConfiguration={"LocationConstraint": REGION})
    reset(lab)
    aws.client("s3").create_bucket(Bucket="name-for-all", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert [vpc["IsDefault"] for vpc in aws.ec2.describe_vpcs()["Vpcs"]] == [True]
    assert aws.vpc().startswith("vpc-")


def images(aws: Aws, *ids: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.ec2.describe_images(ImageIds=list(ids))["Images"]
    return found


@pytest.mark.slow
def test_images_and_policies_that_are_as_everybody_has_them_are_no_part_of_the_state(aws: Aws, lab: ApiContext) -> None:
    reset(lab)  # other tests attach policies and start machines, which is state
    load(lab, saved(lab))
    aws.iam.list_policies()
    before, state = len(aws.ec2.describe_images()["Images"]), saved(lab)
    assert not [node for node in state["nodes"] if node.get("class", "").endswith((":Ami", ":AWSManagedPolicy"))]
    load(lab, state)
    assert len(aws.ec2.describe_images()["Images"]) == before
    assert len(saved(lab)["nodes"]) == len(state["nodes"])


@pytest.mark.slow
def test_an_image_and_its_snapshot_have_the_same_ids_after_loading_and_for_everybody(aws: Aws, lab: ApiContext) -> None:
    image = aws.ec2.describe_images()["Images"][0]["ImageId"]
    before = images(aws, image)[0]["BlockDeviceMappings"]
    load(lab, saved(lab))
    assert images(aws, image)[0]["BlockDeviceMappings"] == before
    reset(lab)
    assert images(aws, image)[0]["BlockDeviceMappings"] == before
    snapshot = before[0]["Ebs"]["SnapshotId"]
    assert len(aws.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]) == 1


@pytest.mark.slow
def test_an_image_of_ones_own_a_changed_one_and_one_that_is_gone_stay_so(
    aws: Aws, lab: ApiContext, refused: Callable[..., str]
) -> None:
    own = aws.ec2.create_image(InstanceId=aws.instance(aws.subnet(aws.vpc())), Name=aws.name("image"))["ImageId"]
    changed, gone = [each["ImageId"] for each in aws.ec2.describe_images()["Images"] if each["ImageId"] != own][:2]
    permission = {"Add": [{"UserId": "999988887777"}]}
    aws.ec2.modify_image_attribute(ImageId=changed, Attribute="launchPermission", LaunchPermission=permission)
    aws.ec2.deregister_image(ImageId=gone)
    for _ in range(2):  # the second time without anybody having looked in between
        load(lab, saved(lab))
    assert images(aws, own)[0]["ImageId"] == own
    permissions = aws.ec2.describe_image_attribute(ImageId=changed, Attribute="launchPermission")["LaunchPermissions"]
    assert {"UserId": "999988887777"} in permissions
    assert gone not in {each["ImageId"] for each in aws.ec2.describe_images()["Images"]}


@pytest.mark.slow
def test_an_attached_policy_can_be_detached_after_loading_and_is_the_one_in_the_list(aws: Aws, lab: ApiContext) -> None:
    role, arn = aws.name("role"), "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    aws.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    before = aws.iam.get_policy(PolicyArn=arn)["Policy"]
    load(lab, saved(lab))
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"] == before
    aws.iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == before["AttachmentCount"] - 1


def first_list(state: dict[str, Any]) -> int:
    return next(number for number, node in enumerate(state["nodes"]) if set(node) == {"list"})


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"tuple": [value]}
    return value


def backend_row(state: dict[str, Any]) -> int:
    rows = state["nodes"][state["backends"]["#"]]["list"]
    return int(rows[0]["#"])


ACTION = "pltui.emulator.api.hosted_zones:_in_sync"
HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "a class of Python's own": lambda s: s["nodes"].append({"class": "subprocess:Popen", "state": {}}),
    "a class that a module of moto's merely imports": lambda s: s["nodes"].append(
        {"class": "moto.core.responses:Environment", "state": {}}
    ),
    "a class of a service that runs containers": lambda s: s["nodes"].append(
        {"class": "moto.awslambda.models:LambdaFunction", "state": {}}
    ),
    "a function in place of a class": lambda s: s["nodes"].append(
        {"class": "moto.core.utils:iso_8601_datetime_with_milliseconds", "state": {}}
    ),
    "a function of Python's own that is to happen": lambda s: s["agenda"].append(
        [0, 0, 0, "os:system", "x", {"tuple": ["touch /tmp/pwned"]}]
    ),
    "a function that an area merely imports": lambda s: s["agenda"].append(
        [0, 0, 0, "pltui.emulator.api.commands:wraps", "x", {"tuple": []}]
    ),
    "what is no area": lambda s: s["agenda"].append([0, 0, 0, "pltui.emulator.api.server:serve", "x", {"tuple": []}]),
    "a method that is no filter": lambda s: s.__setitem__(
        "memory", {"method": "reset", "of": s["backends"] and {"#": len(s["nodes"]) - 1}}
    ),
    "a word nobody knows": lambda s: s.__setitem__("memory", {"__reduce__": ["os.system", "true"]}),
    "a service that is not saved": lambda s: s["services"].append("awslambda"),
    "a backend of a service that is not told of": lambda s: s.__setitem__("services", ["ec2"]),
    "something in a backend's place": lambda s: s.__setitem__("backends", [["ec2", "1", REGION, "x"]]),
    "a subject that cannot be looked up": lambda s: s["agenda"].append(
        [0, 0, 0, "pltui.emulator.api.interfaces:remove_interfaces", {"#": first_list(s)}, {"tuple": []}]
    ),
    "a memory that is none": lambda s: s.__setitem__("memory", 3),
    "a module that is not there": lambda s: s["nodes"].append({"class": "moto.ec2.nowhere:Thing", "state": {}}),
    "a pattern that is none": lambda s: s.__setitem__("memory", {"pattern": "(", "flags": 0}),
    "a number without a value": lambda s: s.__setitem__("memory", {"decimal": "x"}),
    "a time beyond all times": lambda s: s.__setitem__("memory", {"seconds": "inf"}),
    "a function of a module that is not there": lambda s: s["agenda"].append(
        [0, 0, 0, "pltui.emulator.api.nowhere:x", "x", {"tuple": []}]
    ),
    "tuples in tuples without end": lambda s: s.__setitem__("memory", nested(100_000)),
    "a reference to nowhere": lambda s: s.__setitem__("memory", {"#": 10**9}),
    "an object that is empty": lambda s: s["nodes"][first_list(s)]["list"].append({}),
    "an attribute that is empty": lambda s: next(n for n in s["nodes"] if n.get("state"))["state"].update(x={}),
    "an account that is a list": lambda s: s["nodes"][backend_row(s)]["list"].__setitem__(1, {"#": first_list(s)}),
    "a memory of no area": lambda s: s["nodes"][s["memory"]["#"]]["dict"].append({"tuple": ["nowhere", 1]}),
    "an area's memory that is a number": lambda s: s["nodes"][s["memory"]["#"]]["dict"][0]["tuple"].__setitem__(1, 3),
    "a time of 400 digits": lambda s: s["agenda"].append([10**400, 0, 0, ACTION, "x", {"tuple": []}]),
    "a function of an area that is not to happen": lambda s: s["agenda"].append(
        [0, 0, 0, "pltui.emulator.api.instances:_start", "x", {"tuple": []}]
    ),
    "more to happen than in any lab": lambda s: s["agenda"].extend(
        [0, 0, 0, ACTION, n, {"tuple": []}] for n in range(20_001)
    ),
    "a filter of another class": lambda s: s["nodes"].append(
        {"dict": [{"tuple": ["x", {"method": "filter_id", "of": {"#": s["backends"]["#"]}}]}]}
    ),
    "a class for a value": lambda s: next(n for n in s["nodes"] if n.get("state"))["state"].update(
        x={"class": "moto.ec2.models.vpcs:VPC"}
    ),
    "a function's name for a value": lambda s: next(
        n for n in s["nodes"] if n.get("class", "").endswith("models:EC2Backend")
    )["state"].update(describe_vpcs=1),
    "nothing but the wrong types": lambda s: s.__setitem__("nodes", [1, 2, 3]),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_state_with_more_than_data_in_it_is_refused_and_the_lab_is_as_it_was(
    aws: Aws, lab: ApiContext, change: Callable[[dict[str, Any]], object]
) -> None:
    vpc = aws.vpc()
    state = saved(lab)
    change(state)
    with pytest.raises(GraphError):
        load(lab, state)
    assert aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["VpcId"] == vpc


def test_no_constructor_runs_while_a_state_is_read(aws: Aws, lab: ApiContext, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.ec2.models.vpcs import VPC

    aws.vpc()
    state = saved(lab)
    monkeypatch.setattr(VPC, "__init__", lambda *_: pytest.fail("a constructor ran"))
    load(lab, state)


@pytest.mark.parametrize("name", ["peerings:_requested", "endpoint_services:_known", "targets:_drained"])
def test_an_action_saved_under_its_earlier_name_is_loaded(lab: ApiContext, name: str) -> None:
    state = saved(lab)
    state["agenda"].append([0, 0, 60, f"pltui.emulator.api.{name}", "x", {"tuple": []}])
    load(lab, state)
    (entry,) = [each for each in lab.agenda.entries() if each.subject == "x"]
    assert entry.action.__module__.endswith(name.partition(":")[0])
    lab.agenda.cancel("x")


def test_only_functions_of_areas_can_be_saved_as_what_is_to_happen(lab: ApiContext) -> None:
    lab.agenda.after(10, "x", lambda: None)
    with pytest.raises(GraphError, match=re.escape("<lambda>")):
        save(lab)
    lab.agenda.cancel("x")
    save(lab)


def test_a_lab_that_has_terminated_a_machine_is_saved_whole(aws: Aws, lab: ApiContext) -> None:
    aws.ec2.terminate_instances(InstanceIds=[aws.instance(aws.subnet(aws.vpc()))])
    document = saved(lab)
    assert document["left_out"] == []
    load(lab, document)
    assert saved(lab)["left_out"] == []


def test_a_state_that_fails_while_it_is_installed_leaves_the_lab_as_it_was(
    aws: Aws, lab: ApiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    vpc = aws.vpc()
    endpoint_state = saved(lab)
    failing = iter([True])
    replace = lab.agenda.replace

    def fail_once(entries: Any) -> None:
        if next(failing, False):
            raise StopIteration
        replace(entries)

    monkeypatch.setattr(lab.agenda, "replace", fail_once)
    with pytest.raises(GraphError, match="damaged"):
        load(lab, endpoint_state)
    assert aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["VpcId"] == vpc
    assert aws.subnet(vpc).startswith("subnet-")


@pytest.mark.parametrize("arguments", [[{"known": "lab"}, "remove"], [{"known": "lab"}, "stop"]])
def test_no_method_named_in_a_file_is_called(aws: Aws, lab: ApiContext, arguments: list[object]) -> None:
    state = saved(lab)
    state["agenda"].append([0, 0, 0, "pltui.emulator.api.instances:_finish", "x", {"tuple": arguments}])
    load(lab, state)
    assert aws.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []
