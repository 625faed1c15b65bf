"""Tables that are read only when asked for are there when they are."""

import subprocess
import sys


def test_instance_types_are_described(aws):
    """EC2 API reference, DescribeInstanceTypes."""
    found = aws.ec2.describe_instance_types(InstanceTypes=["t3.micro"])["InstanceTypes"]
    assert [(each["InstanceType"], each["VCpuInfo"]["DefaultVCpus"]) for each in found] == [("t3.micro", 2)]
    assert len(aws.ec2.describe_instance_types()["InstanceTypes"]) >= 100


def test_offerings_are_those_of_the_region_asked(aws):
    """EC2 API reference, DescribeInstanceTypeOfferings."""
    wanted = [{"Name": "instance-type", "Values": ["t3.micro"]}]
    found = aws.ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=wanted)
    zones = {each["Location"] for each in found["InstanceTypeOfferings"]}
    assert zones == {"ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"}
    assert {each["LocationType"] for each in found["InstanceTypeOfferings"]} == {"availability-zone"}


def test_ready_before_the_tables_are_read():
    program = """
from pltui.emulator.api import make_app
from pltui.emulator.clock import Clock
from pltui.emulator.health_board import TargetHealthBoard
make_app(Clock(), TargetHealthBoard(), lambda *call: None)
from moto.ec2.models import instance_types
assert not instance_types.INSTANCE_TYPES
assert not any(instance_types.INSTANCE_TYPE_OFFERINGS["region"].values())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
