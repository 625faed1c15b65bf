"""Access to AWS or to an endpoint in its place: the endpoint of the calls, and the credentials that sign them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui.aws.settings import Settings
from pltui.aws.user_errors import as_lab_error
from pltui.engine.errors import CloudError
from pltui.i18n import Phrase

if TYPE_CHECKING:
    from pltui.aws.recorder import Recorder
    from pltui.aws.transport import Boto, Target, Wire


class Access:
    """Endpoint, credentials and recording of one lab's calls.

    `checks`: look for redirections of calls in the environment and the profile, which only botocore follows. botocore
    is imported only once it is needed.
    """

    def __init__(self, settings: Settings, profile: str | None, region: str, *, checks: bool = True) -> None:
        self._settings, self._profile, self._region = settings, profile, region
        self._checks = checks and settings.on_aws and settings.endpoint_url is None
        self._redirection: str | None = None  # None: not known yet; "": none
        self._signed_in: Boto | None = None
        self._recorder: Recorder | None = None
        self.notices: list[str] = []

    def endpoint_url(self) -> str | None:
        """Return the endpoint of --endpoint-url, or for AWS that of the environment or the profile.

        None for the target's own endpoint.

        Raises:
            Refused: If some calls would go to AWS and others elsewhere.
        """
        if not self._checks:
            return self._settings.endpoint_url
        if self._redirection is None:
            from pltui.aws.endpoints import redirection

            try:
                self._redirection = redirection(self._profile, self._region) or ""
            except CloudError as error:
                raise as_lab_error(error) from error
        return self._redirection or None

    def target(self, sandbox_url: str | None = None) -> Target:
        """Return the target of calls; on the sandbox, the one at `sandbox_url` unless --endpoint-url names another."""
        from pltui.aws.transport import Target

        self.endpoint_url()  # raises for a mix of endpoints
        on_aws = self._settings.on_aws
        # botocore applies a redirection itself, because it may differ by service.
        endpoint = self._settings.endpoint_url or sandbox_url
        return Target(self._region, endpoint, profile=self._profile, dummy_credentials=not on_aws)

    def sign_in(self) -> None:
        """Resolve the credentials for AWS; ask for an MFA code on the terminal if they need one. Blocks.

        Does nothing on the sandbox.

        Raises:
            LabError: If there are no valid credentials.
        """
        if not self._settings.on_aws:
            return
        from pltui.aws.credentials import terminal_prompt
        from pltui.aws.transport import Boto

        boto = Boto(self.target())
        if self._redirection:
            self.notices.append(
                Phrase(
                    "calls go to {endpoint} in place of AWS, as the environment or the profile says",
                    endpoint=self._redirection,
                )
            )
        try:
            resolved = boto.sign_in(terminal_prompt())
        except CloudError as error:
            raise as_lab_error(error) from error
        self._signed_in = boto
        if warning := resolved.warning():
            self.notices.append(warning)

    def record(self, path: str) -> None:
        """Record all calls from now on in a new file.

        Raises:
            LabError: If the file cannot be created (exit code 2).
        """
        from pltui.aws.recorder import Recorder

        self._recorder = Recorder(path)

    def end_recording(self) -> str:
        """Close the recording; return a sentence if not all of it could be written."""
        if self._recorder is None:
            return ""
        self._recorder.close()
        return self._recorder.problem

    def connect(self, target: Target, wire: Wire | None = None) -> Wire | None:
        """Return `wire`, or the session of `sign_in`, recorded if requested; None for any new one.

        That session is used once: a later one resolves the credentials again.
        """
        if wire is None and self._signed_in and self._signed_in.target == target:
            wire, self._signed_in = self._signed_in, None
        if self._recorder is None:
            return wire
        from pltui.aws.recorder import RecordedWire
        from pltui.aws.transport import Boto

        return RecordedWire(wire or Boto(target), self._recorder)
