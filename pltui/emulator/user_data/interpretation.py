"""Web servers that a machine's user data sets up. It is parsed, never run.

It understands the common ways to set up a web server at first boot, in a shell script, in cloud-config, or in both as
parts of one MIME message: files written by `echo`, `printf`, here-documents and `write_files`; httpd's `Listen` and
nginx's `listen`, written or edited by sed; `python3 -m http.server` and `busybox httpd`, by hand or as a systemd unit.
Everything else is ignored. User data that cannot be interpreted within its bounds sets up nothing.
"""

from __future__ import annotations

import email
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import re2  # type: ignore[import-untyped]

from pltui.emulator.user_data.boot import HTTPD_CONF, NGINX_CONF, Machine
from pltui.emulator.user_data.budget import MOST_BYTES, Budget, ExhaustedError
from pltui.emulator.user_data.cloud_config import read_cloud_config
from pltui.emulator.user_data.site import Blob, Site, Software

log = logging.getLogger(__name__)

HTTPD_ROOT, NGINX_ROOT = "/var/www/html", "/usr/share/nginx/html"

_LISTEN = re2.compile(r"(?m)^[ \t]*Listen[ \t]+(?:[\d.]+:|\[[\da-f:]*\]:)?(\d{1,5})\b")
# One written by a command that was not understood; as sed's replacement follows its pattern, the last counts.
_LISTEN_SOMEWHERE = re2.compile(r"\bListen\s+(?:[\d.]+:)?(\d{1,5})\b")
_NGINX_LISTEN = re2.compile(r"(?m)^[^#\n]*\blisten\s+(?:[\d.]+:|\*:)?(\d{1,5})\b[^;\n]*;")
_NGINX_ROOT = re2.compile(r"(?m)^[^#\n]*\broot\s+([^\s;]+)\s*;")
_NGINX_PACKAGE = re2.compile(r"nginx([\d.=-].*)?")
_MIME = re2.compile(r"(?i)(content-type|mime-version):")


@dataclass(frozen=True, slots=True)
class Boot:
    """The sites that user data sets up, sorted by port. `problem` is the reason if it cannot be interpreted."""

    sites: tuple[Site, ...] = ()
    problem: str = ""


def interpret(user_data: str, facts: Iterable[tuple[str, str]] = ()) -> Boot:
    """Interpret user data; it raises nothing, whatever the text is.

    `facts` are the values of the instance metadata service, by path ("local-hostname", "instance-id", …).
    """
    if len(user_data) > MOST_BYTES:  # the API rejects it, but a snapshot may have it
        return Boot(problem=f"it has more than {MOST_BYTES} bytes")
    try:
        return Boot(_sites(user_data, Machine(dict(facts), Budget())))
    except (ExhaustedError, ValueError) as error:
        return Boot(problem=str(error))
    except Exception as error:  # an unforeseen text must not end the reading of other machines
        log.exception("user data")
        return Boot(problem=f"unexpected {type(error).__name__}")


def _sites(user_data: str, machine: Machine) -> tuple[Site, ...]:
    for part in _parts(user_data):
        if part.startswith("#cloud-config"):
            _boot_by_cloud_config(machine, part)
        else:
            machine.run(part)
    for start in tuple(machine.units()):
        machine.run(start)
    found: dict[int, Site] = {}
    for site in (*_by_hand(machine), *_nginx(machine), *_httpd(machine, user_data)):
        if 0 < site.port < 65536:
            found.setdefault(site.port, site)  # the first server to listen gets the port
    return tuple(found[port] for port in sorted(found))


def _parts(user_data: str) -> Iterator[str]:
    """The text parts of a MIME message, as cloud-init reads them; any other text is its own only part."""
    if not _MIME.match(user_data):
        yield user_data
        return
    for part in email.message_from_string(user_data).walk():
        if part.get_content_maintype() == "text":
            yield cast(bytes, part.get_payload(decode=True) or b"").decode(errors="replace").lstrip()


def _boot_by_cloud_config(machine: Machine, text: str) -> None:
    config = read_cloud_config(text, machine.budget)
    for file in config.files:
        machine.write(file.path, Blob(file.content), append=file.append)
    machine.packages.update(config.packages)
    machine.run("\n".join(config.commands))


def _by_hand(machine: Machine) -> Iterator[Site]:
    for each in machine.serving:
        yield Site(each.port, machine.below(each.directory), cast(Software, each.software))


def _has_nginx(machine: Machine) -> bool:
    wanted = machine.packages | machine.started
    return any(_NGINX_PACKAGE.fullmatch(word) for word in wanted)


def _nginx(machine: Machine) -> Iterator[Site]:
    """Sites of nginx, if it is installed or started, or its default folder is written to."""
    if not _has_nginx(machine) and not machine.below(NGINX_ROOT):
        return
    written = [path for path in machine.files if path.startswith("/etc/nginx/") and path not in NGINX_CONF]
    stock = NGINX_CONF[:1] if machine.below(NGINX_ROOT) else NGINX_CONF[1:]
    texts = [text for path in (*written, *stock) if (text := machine.text(path))]
    for text in texts:
        root = _NGINX_ROOT.search(text)
        files = machine.below(root[1] if root else NGINX_ROOT)
        for port in _NGINX_LISTEN.findall(text):
            yield Site(int(port), files, "nginx")


def _httpd(machine: Machine, user_data: str) -> Iterator[Site]:
    """Sites of httpd, if it is started, or its folder is written to and no other server serves it.

    Not every script installs it explicitly.
    """
    files = machine.below(HTTPD_ROOT)
    started = machine.started & {"httpd", "apache2"}
    if not started and (not files or _has_nginx(machine) or machine.serves(HTTPD_ROOT)):
        return
    folders = ("/etc/httpd/", "/etc/apache2/")
    touched = [path for path in machine.files if path.startswith(folders) and path not in HTTPD_CONF]
    stock = HTTPD_CONF[1] if "apache2" in machine.packages | machine.started else HTTPD_CONF[0]
    ports = [port for path in (stock, *touched) for port in _LISTEN.findall(machine.text(path))]
    if ports == ["80"]:
        ports = _LISTEN_SOMEWHERE.findall(user_data)[-1:] or ports
    for port in ports:
        yield Site(int(port), files, "httpd")
