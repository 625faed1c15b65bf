"""Images and the parameters that hold their ids, in regions that moto has no table of: China, GovCloud and others."""

import hashlib
from typing import Any

import moto.ec2.models.amis as moto_amis
import moto.ssm.models as moto_parameters

from pltui.emulator.api.overlay import ApiContext, Moto

TABLES = ("ec2/resources/latest_amis", "ssm/resources/ami-amazon-linux-latest")
MODEL = "us-east-1"
"""The region whose images stand for those of the others: Amazon Linux has the same names everywhere."""


def install(lab: ApiContext) -> None:
    for module in (moto_amis, moto_parameters):
        lab.around(module, load_resource)


def load_resource(_lab: ApiContext, moto: Moto, path: str) -> Any:
    folder, _, file = path.rpartition("/")
    try:
        return moto(path)
    except FileNotFoundError:
        if folder not in TABLES:
            raise
    return [_in(file.removesuffix(".json"), row) for row in moto(f"{folder}/{MODEL}.json")]


def _in(region: str, row: dict[str, Any]) -> dict[str, Any]:
    """An image, or a parameter with its id, of another region: image ids are each region's own."""
    key = "ami_id" if "ami_id" in row else "Value"
    digits = hashlib.sha256(f"{region} {row[key]}".encode()).hexdigest()[:16]
    return {**row, key: f"ami-0{digits}"}
