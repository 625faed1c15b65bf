"""Validation of requests to AWS, against botocore's service models and the rules that AWS states only in prose.

botocore's own validator leaves out enumerations, patterns and most upper limits, which AWS checks. The package depends
on botocore alone, so that the tests of the transport and the sandbox's API use the same rules.
"""

from pltui.aws_requests.validator import RequestValidator
from pltui.aws_requests.violation import Violation, ViolationKind

__all__ = ["RequestValidator", "Violation", "ViolationKind"]
