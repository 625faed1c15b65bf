"""The settings of a target group's health checks."""

import pytest
from botocore.exceptions import ClientError


@pytest.mark.fidelity(
    "A health check's timeout is at most its interval, and less with HTTP; it defaults to 10 seconds, with HTTP to 6",
    source="Network Load Balancers user guide, Health check settings; hashicorp/terraform-provider-aws issue 2366",
)
@pytest.mark.parametrize(
    ("checks", "than"),
    [
        ({"HealthCheckIntervalSeconds": 9}, "smaller than or equal to"),
        ({"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 6}, "smaller than or equal to"),
        ({"HealthCheckProtocol": "HTTP", "HealthCheckIntervalSeconds": 6}, "smaller than"),
    ],
)
def test_the_timeout_of_a_health_check_fits_its_interval(aws, provider, checks, than):
    timeout, interval = checks.get("HealthCheckTimeoutSeconds"), checks["HealthCheckIntervalSeconds"]
    timeout = timeout or (6 if checks.get("HealthCheckProtocol") == "HTTP" else 10)
    wording = f"Health check timeout '{timeout}' must be {than} the interval '{interval}'"
    with pytest.raises(ClientError, match=wording):
        aws.target_group(provider["vpc"], **checks)
    group = aws.target_group(provider["vpc"], HealthCheckProtocol=checks.get("HealthCheckProtocol", "TCP"))
    change = {"HealthCheckIntervalSeconds": interval, "HealthCheckTimeoutSeconds": timeout}
    with pytest.raises(ClientError, match=wording):
        aws.elbv2.modify_target_group(TargetGroupArn=group, **change)
    aws.elbv2.modify_target_group(TargetGroupArn=group, **(change | {"HealthCheckTimeoutSeconds": interval - 1}))
