"""The count that the other tests trust sees what must not be."""

from tests.wire.inventory import NOBODY, WANTED, Account


def test_twins_count_twice_what_bears_no_mark_is_nobodys_and_what_was_there_before_does_not_count(
    account: Account,
) -> None:
    account.forget()
    assert account.labs() == {}
    ec2 = account.client("ec2")
    marks = [{"Key": "pltui:lab", "Value": "twins"}, {"Key": "pltui:address", "Value": "provider/vpc"}]
    tags = [{"ResourceType": "vpc", "Tags": marks}]
    twins = [ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"] for _ in range(2)]
    astray = ec2.allocate_address(Domain="vpc")["AllocationId"]
    try:
        assert account.labs() == {"twins": {"provider/vpc": 2}, NOBODY: {astray: 1}}
    finally:
        ec2.release_address(AllocationId=astray)
        for twin in twins:
            ec2.delete_vpc(VpcId=twin)
    assert account.labs() == {}


def test_a_lab_is_wanted_once_of_everything() -> None:
    assert set(WANTED.values()) == {1}
