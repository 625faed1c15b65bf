"""The peers and their commands: to add one is to add an entry to `PEERS`."""

import re
import subprocess

from tests.peers.stages import Peer


def _said_so(done: subprocess.CompletedProcess[str]) -> bool:
    """The exit status alone tells."""
    return done.returncode == 0


def _nothing_changed(done: subprocess.CompletedProcess[str]) -> bool:
    """Ansible's recap: a line a host."""
    changes = re.findall(r"changed=(\d+)", done.stdout)
    return done.returncode == 0 and bool(changes) and set(changes) == {"0"}


def _boto3(verb: str) -> tuple[str, ...]:
    return ("{python}", "{own}/lab_by_boto3.py", verb)


def _cli(verb: str) -> tuple[str, ...]:
    return ("bash", "{own}/lab_by_cli.sh", verb)


def _floor(*words: str) -> tuple[str, ...]:
    return ("sh", "-c", '"{python}" "{here}/floor/floor.py" "$@" --endpoint-url "$AWS_ENDPOINT_URL"', "floor", *words)


def _ansible(playbook: str, *words: str) -> tuple[str, ...]:
    return ("ansible-playbook", f"{{here}}/ansible/{playbook}.yml", *words)


def _terraform(verb: str, *words: str) -> tuple[str, ...]:
    return ("terraform", "-chdir={here}/terraform", verb, "-input=false", "-no-color", *words)


PEERS = {
    "boto3": Peer(
        build=_boto3("build"),
        check=_boto3("check"),
        off=_boto3("off"),
        on=_boto3("on"),
        destroy=_boto3("destroy"),
        unchanged=_said_so,
        needs="python3",
        published=False,
    ),
    "cli": Peer(
        build=_cli("build"),
        check=_cli("check"),
        off=_cli("off"),
        on=_cli("on"),
        destroy=_cli("destroy"),
        unchanged=_said_so,
        needs="aws",
        published=False,
    ),
    "floor": Peer(
        build=_floor("create"),
        check=_floor("check"),
        off=_floor("toggle", "off"),
        on=_floor("toggle", "on"),
        destroy=_floor("destroy"),
        unchanged=_said_so,
        needs="python3",
    ),
    "ansible": Peer(
        build=_ansible("converge"),
        check=_ansible("converge"),
        off=_ansible("toggle", "-e", "cross_zone=false"),
        on=_ansible("toggle", "-e", "cross_zone=true"),
        destroy=_ansible("destroy"),
        unchanged=_nothing_changed,
        needs="ansible-playbook",
        environment={"ANSIBLE_CONFIG": "{here}/ansible/ansible.cfg", "ANSIBLE_LOCAL_TEMP": "{work}/tmp"},
    ),
    "terraform": Peer(
        prepare=_terraform("init", "-backend-config=path={work}/terraform.tfstate"),
        build=_terraform("apply", "-auto-approve"),
        check=_terraform("plan", "-detailed-exitcode"),
        off=_terraform("apply", "-auto-approve", "-var", "cross_zone=false"),
        on=_terraform("apply", "-auto-approve"),
        destroy=_terraform("destroy", "-auto-approve"),
        unchanged=_said_so,
        needs="terraform",
        environment={"TF_DATA_DIR": "{work}/terraform", "CHECKPOINT_DISABLE": "1"},
    ),
}
