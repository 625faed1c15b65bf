"""The catalogue itself: complete entries that agree with botocore's models, and nothing ambiguous."""

import string
from collections import Counter

import pytest
from botocore.session import get_session

from pltui import aws_errors
from pltui.aws_errors import CatalogueEntry, ErrorKind, OutcomeClass

SERVICES = {"ec2", "elbv2", "iam", "route53", "ssm", "sts", "vpc-lattice"}
EXACT = [entry for entry in aws_errors.entries() if not entry.is_family]
ANSWERS = [entry for entry in EXACT if not entry.state]

# Classes of errors that a run on an account meets.
COVERED = {
    "access denied, encoded": "UnauthorizedOperation",
    "access denied, plain": "AccessDenied",
    "access denied by a service control policy": "UnauthorizedOperation/scp",
    "access denied by a permissions boundary": "AccessDenied/boundary",
    "service-linked role": "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
    "signature": "InvalidSignatureException",
    "incomplete signature": "IncompleteSignature",
    "no credentials": "MissingAuthenticationToken",
    "subscription": "SubscriptionRequiredException",
    "expired credentials": "ExpiredToken",
    "clock": "SignatureDoesNotMatch/expired",
    "region that is not turned on": "OptInRequired",
    "pending verification": "PendingVerification",
    "blocked account": "Blocked",
    "capacity": "InsufficientInstanceCapacity",
    "type that a zone lacks": "Unsupported",
    "zone": "AvailabilityZoneNotSupported",
    "throttling of EC2": "RequestLimitExceeded",
    "throttling of query services": "Throttling",
    "throttling of Systems Manager": "ThrottlingException",
    "eventual consistency": "InvalidVpcID.NotFound",
    "in use": "DependencyViolation",
    "conflict": "InvalidSubnet.Conflict",
    "duplicate": "DuplicateLoadBalancerName",
    "reason of an instance": "Client.InvalidKMSKey.InvalidState",
}


def names(entry: CatalogueEntry) -> str:
    return entry.name


def test_there_are_at_least_sixty_entries_and_each_has_a_name_of_its_own() -> None:
    assert len(ANSWERS) >= 60
    assert [name for name, count in Counter(map(names, EXACT)).items() if count > 1] == []


def test_each_class_of_error_is_covered() -> None:
    there = {entry.name for entry in EXACT}
    assert {what for what, name in COVERED.items() if name not in there} == set()


def test_an_entry_is_complete() -> None:
    for entry in EXACT:
        assert entry.message, entry.name
        assert entry.source, entry.name
        assert {*entry.services} <= {*SERVICES, aws_errors.ANY}, entry.name
        places = {place for _, place, _, _ in string.Formatter().parse(entry.message) if place}
        assert places <= aws_errors.examples().keys(), entry.name


def test_its_own_wording_is_found_as_the_entry_itself() -> None:
    """Otherwise what the sandbox injects would be translated by another entry."""
    for entry in ANSWERS:
        service = entry.services[0] if entry.services[0] != aws_errors.ANY else "ec2"
        found = aws_errors.find(entry.code, entry.wording(), service, next(iter(entry.operations), ""))
        assert found is not None
        alike = (found.outcome, found.kind, found.account_wide, found.advice)
        assert alike == (entry.outcome, entry.kind, entry.account_wide, entry.advice), entry.name


def test_its_operations_exist() -> None:
    known = {name: set(get_session().get_service_model(name).operation_names) for name in SERVICES}
    for entry in ANSWERS:
        answering = [known[name] for name in entry.services if name != aws_errors.ANY]
        for operation in entry.operations if answering else ():
            assert any(operation in operations for operations in answering), (entry.name, operation)


@pytest.mark.parametrize("service", sorted(SERVICES - {"ec2"}))
def test_codes_and_statuses_are_those_of_botocores_models(service: str) -> None:
    """EC2's model has no errors. Models of JSON services leave the status out: it is 400 or 500."""
    model = get_session().get_service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    errors = [shape for shape in shapes if shape.type_name == "structure" and shape.metadata.get("exception")]
    statuses = {
        (error := shape.metadata.get("error", {})).get("code", shape.name): error.get("httpStatusCode")
        for shape in errors
    }
    for entry in ANSWERS:
        if entry.services == (service,) and (expected := statuses.get(entry.code)):
            assert entry.status == expected, entry.name


def test_what_is_definite_is_definite_also_with_a_server_errors_status() -> None:
    definite = {entry.code for entry in ANSWERS if entry.status >= 500 and entry.outcome is OutcomeClass.REJECTED}
    assert "InsufficientInstanceCapacity" in definite
    assert {entry.kind for entry in ANSWERS if entry.code in definite} == {ErrorKind.CAPACITY}


def test_only_what_a_lab_makes_itself_may_appear_with_time() -> None:
    waited_for = {
        entry.code for entry in ANSWERS if entry.kind is ErrorKind.MISSING and entry.outcome is OutcomeClass.NOT_YET
    }
    assert not waited_for & {"InvalidAMIID.NotFound", "ParameterNotFound", "InvalidKeyPair.NotFound", "InvalidDocument"}
    assert all(entry.lasts_s for entry in ANSWERS if entry.code in waited_for and entry.outcome is OutcomeClass.NOT_YET)


def test_the_best_entry_is_that_of_the_code_then_the_service_then_the_pattern_then_the_operation() -> None:
    def found(*words: str) -> str:
        entry = aws_errors.find(*words)
        return entry.name if entry else ""

    assert found("NatGatewayLimitExceeded") == "NatGatewayLimitExceeded"
    assert found("SomethingLimitExceeded") == "*LimitExceeded"
    assert found("OptInRequired", "", "elbv2") == "OptInRequired/other"
    assert found("OptInRequired", "", "elasticloadbalancing") == "OptInRequired/other"
    assert found("AccessDenied", "because no permissions boundary allows it", "iam") == "AccessDenied/boundary"
    assert found("UnauthorizedOperation", "no", "ec2", "RunInstances") == "UnauthorizedOperation/run-instances"
    assert found("UnauthorizedOperation", "no", "ec2", "CreateVpc") == "UnauthorizedOperation"
    assert found("Nonsense") == ""


def test_the_encoded_part_of_a_message_is_split_off() -> None:
    assert aws_errors.split_encoded("No. Encoded authorization failure message: 4EfA1b") == ("No.", "4EfA1b")
    assert aws_errors.split_encoded("No.") == ("No.", "")
