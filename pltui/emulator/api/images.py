"""Images and parameters with their ids, in regions that moto has no tables for: China, GovCloud and others."""

import hashlib

import moto.ec2.models.amis as moto_amis
import moto.ssm.models as moto_parameters

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.values import Moto, Structure

TABLES = ("ec2/resources/latest_amis", "ssm/resources/ami-amazon-linux-latest")
MODEL = "us-east-1"
"""The region whose images are used for the others: Amazon Linux has the same names everywhere."""


def install(lab: ApiContext) -> None:
    """Install the tables for regions that moto lacks."""
    for module in (moto_amis, moto_parameters):
        lab.around(module, load_resource)


def load_resource(_lab: ApiContext, moto: Moto, path: str) -> object:
    """Load a table; one that moto lacks is derived from that of `MODEL`."""
    folder, _, file = path.rpartition("/")
    try:
        return moto(path)
    except FileNotFoundError:
        if folder not in TABLES:
            raise
    return [_in(file.removesuffix(".json"), row) for row in moto(f"{folder}/{MODEL}.json")]


def _in(region: str, row: Structure) -> Structure:
    """An image, or a parameter with its id, in another region: image ids are specific to a region."""
    key = "ami_id" if "ami_id" in row else "Value"
    digits = hashlib.sha256(f"{region} {row[key]}".encode()).hexdigest()[:16]
    return {**row, key: f"ami-0{digits}"}
