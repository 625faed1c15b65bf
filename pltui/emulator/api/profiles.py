"""Instance profiles: listings, their roles, and EC2's errors for unknown ones."""

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from pltui.emulator.api.consistency import lag
from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, IamCall, parameter
from pltui.emulator.moto_adapter.iam import IamBackend, MotoInstanceProfile
from pltui.emulator.moto_adapter.registries import iam_of
from pltui.emulator.moto_adapter.values import Moto


def install(lab: ApiContext) -> None:
    """Install the corrections of instance profiles."""
    lab.around(IAMBackend, remove_role_from_instance_profile)
    lab.around(IamResponse, list_instance_profiles, create_instance_profile)
    calls = ("run_instances", "associate_iam_instance_profile", "replace_iam_instance_profile_association")
    lab.around(EC2Response, **dict.fromkeys(calls, of_known_profile))


def list_instance_profiles(_lab: ApiContext, _moto: Moto, response: IamCall) -> object:
    """List profiles whose path begins with PathPrefix; all without it (IAM API reference, ListInstanceProfiles)."""
    prefix = parameter(response, "PathPrefix") or ""
    found = [each for each in response.backend.get_instance_profiles() if each.path.startswith(prefix)]
    return ActionResult({"InstanceProfiles": sorted(found, key=lambda each: str(each.name))})


def create_instance_profile(lab: ApiContext, moto: Moto, response: IamCall) -> object:
    """Create a profile, and record its time for an injected lag."""
    answer = moto(response)
    answer.result["InstanceProfile"].made_at = lab.clock.now()
    return answer


def remove_role_from_instance_profile(
    _lab: ApiContext, moto: Moto, backend: IamBackend, profile_name: str, role_name: str
) -> None:
    """Remove a role from a profile.

    Raises:
        NoSuchEntity: If the profile does not have the role.
    """
    if all(role.name != role_name for role in backend.get_instance_profile(profile_name).roles):
        raise NoSuchEntity(f"Role {role_name} in instance profile {profile_name} cannot be found.")
    moto(backend, profile_name, role_name)


def of_known_profile(lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Check the profile of a call. Seen: EC2 does not answer NoSuchEntity, but that the name or ARN is invalid.

    Raises:
        EC2ClientError: InvalidParameterValue if EC2 does not know the profile.
    """
    name, arn = (parameter(response, f"IamInstanceProfile.{key}") for key in ("Name", "Arn"))
    profiles = iam_of(response.current_account, response.partition).instance_profiles.values()
    for key, wanted, words in (("name", name, "name"), ("arn", arn, "ARN")):
        if wanted and not any(getattr(each, key) == wanted and _is_visible(lab, each) for each in profiles):
            raise ec2_error(
                "InvalidParameterValue",
                f"Value ({wanted}) for parameter iamInstanceProfile.{key} is invalid."
                f" Invalid IAM Instance Profile {words}",
            )
    return moto(response)


def _is_visible(lab: ApiContext, profile: MotoInstanceProfile) -> bool:
    """True if EC2 knows the profile: immediately, unless a fault makes reads lag."""
    made_at: float | None = getattr(profile, "made_at", None)
    return made_at is None or lab.clock.has_elapsed(made_at, lag(lab))
