"""What a lab is called, where it lies and what it says: every peer builds the same lab in more than one shape."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """`network` is the first two numbers of both VPCs' /16; a server in private subnet N says `greeting N`."""

    name: str = "privatelink"
    balancer: str = "provider-nlb"
    network: str = "10.0"
    port: int = 80
    greeting: str = "Hello from Provider VPC on Subnet"
    zone: str = "example.local"

    @property
    def cidr(self) -> str:
        return f"{self.network}.0.0/16"

    @property
    def private(self) -> tuple[str, ...]:
        return tuple(f"{self.network}.{10 + n}.0/24" for n in (1, 2, 3))

    @property
    def public(self) -> tuple[str, ...]:
        return tuple(f"{self.network}.{n}.0/24" for n in (1, 2, 3))

    @property
    def record(self) -> str:
        return f"{self.balancer}.{self.zone}"

    @property
    def url(self) -> str:
        return f"http://{self.record}:{self.port}/" if self.port != 80 else f"http://{self.record}/"

    def user_data(self, number: int) -> str:
        """What makes a fresh machine say its greeting on the lab's port."""
        listen = f"{_LISTEN.format(port=self.port)}\n" if self.port != 80 else ""
        return (
            "#!/bin/bash\ndnf install -y httpd\n"
            f"echo '{self.greeting} {number}' > /var/www/html/index.html\n{listen}systemctl enable --now httpd\n"
        )


_LISTEN = "sed -i 's/^Listen 80$/Listen {port}/' /etc/httpd/conf/httpd.conf"

PUBLISHED = Shape()
OTHER = Shape(
    name="acme-link",
    balancer="acme-nlb",
    network="172.20",
    port=8080,
    greeting="Good day from rack number",
    zone="acme.internal",
)
SHAPES = {"published": PUBLISHED, "other": OTHER}

_PORT = re.compile(r"""(?ix) (port\w*['"]?\s*[=:]\s*\[?|["']tcp["'],\s) 80 \b (,\s80\b)?""")


def rewrite(folder: Path, shape: Shape) -> None:
    """Turn a copy of the published peers' sources into those of a lab of another shape."""
    if shape == PUBLISHED:
        return
    for path in folder.rglob("*"):
        if path.suffix in (".tf", ".yml", ".py") and path.is_file():
            path.write_text(_rewritten(path.read_text(), shape))


def _rewritten(text: str, shape: Shape) -> str:
    for was, becomes in (
        (PUBLISHED.greeting, shape.greeting),
        (PUBLISHED.balancer, shape.balancer),
        (PUBLISHED.name, shape.name),
        (PUBLISHED.zone, shape.zone),
        ("provider-service-sg", f"{shape.name}-servers"),
        ("provider-tg", f"{shape.name}-tg"),
    ):
        text = text.replace(was, becomes)
    text = re.sub(rf"(?<![\d.]){re.escape(PUBLISHED.network)}\.(?=[\d{{]|\$)", f"{shape.network}.", text)
    text = _PORT.sub(lambda found: found[0].replace("80", str(shape.port)), text)
    listen = _LISTEN.format(port=shape.port)
    return re.sub(r"(?m)^(\s*)(systemctl enable --now httpd)", rf"\1{listen}\n\1\2", text)
