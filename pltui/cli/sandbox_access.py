"""Access to the running sandbox."""

from __future__ import annotations

from pltui.errors import LabError
from pltui.i18n import tr
from pltui.sandbox import launcher


def running_sandbox() -> launcher.Sandbox:
    """Return the running sandbox.

    Raises:
        LabError: If none is running (exit code 1).
    """
    found = launcher.find()
    if found is None and launcher.is_unannounced():
        raise LabError(tr("the sandbox is starting, ending or stuck"), tr("`pltui sandbox down` ends it"))
    if found is None:
        raise LabError(launcher.crash_notice() or tr("no sandbox is running"), tr("`pltui sandbox up` starts one"))
    return found
