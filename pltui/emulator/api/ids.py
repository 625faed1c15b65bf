"""Resource ids in AWS's format; moto's are shorter, or have other prefixes."""

import secrets


def new_id(prefix: str) -> str:
    """`prefix`, and 17 hexadecimal digits (EC2 user guide, resource IDs)."""
    return f"{prefix}-0{secrets.token_hex(8)}"
