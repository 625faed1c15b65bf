"""Commented specs to start from: one valid spec per file, named by its purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

from pltui.errors import LabError
from pltui.spec import SpecError, parse
from pltui.spec.problems import did_you_mean

# Names in the order in which they are listed.
NAMES = ("lesson", "two-consumers", "zonal", "single-subnet", "minimal")
MOST_NAME = 32  # maximum characters of a load balancer's name (ELBv2 API reference, CreateLoadBalancer)

_MODELINE = re.compile(r"\A# yaml-language-server: \$schema=(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Template:
    """A spec to start from."""

    name: str
    text: str

    @property
    def summary(self) -> str:
        """Its first sentence."""
        return self.text.splitlines()[2].removeprefix("# ")

    def spec(self, name: str, schema: str) -> str:
        """Return a spec for a lab called `name`, for editors that find the schema at `schema`, a path or URI.

        Raises:
            LabError: If `name` is no valid lab name (exit code 2).
        """
        text = _MODELINE.sub(lambda found: found[0].replace(found[1], schema), self.text)
        balancer = f"{name[: MOST_NAME - len('-nlb')].rstrip('-')}-nlb"
        names = {self.name: name, f"{self.name}-nlb": balancer}
        text = re.sub(r"(?m)^( *name: )(\S+)", lambda found: found[1] + names.get(found[2], found[2]), text)
        try:
            understood = parse(text).name
        except SpecError as error:
            raise LabError(f"--name {name}: {error.problems[0].message}", code=2) from error
        if understood != name:
            raise LabError(f"--name {name}: a spec would read it as {understood!r}", code=2)
        return text


def template(name: str) -> Template:
    """Return the template of this name.

    Raises:
        LabError: If there is none (exit code 2).
    """
    if name not in NAMES:
        hint = did_you_mean(name, NAMES).removeprefix("; ") or f"there are {', '.join(NAMES)}"
        raise LabError(f"there is no template {name!r}", hint, 2)
    return Template(name, files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


def templates() -> list[Template]:
    """Return all templates, in the order of `NAMES`."""
    return [template(name) for name in NAMES]
