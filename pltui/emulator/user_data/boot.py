"""State of a machine after its first boot, as far as web servers need it: files, packages, started services.

Commands are parsed, never run; those that are not understood are ignored.
"""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import re2  # type: ignore[import-untyped]

from pltui.emulator.user_data.budget import Budget
from pltui.emulator.user_data.script import ShellCommand, commands
from pltui.emulator.user_data.sed import edit
from pltui.emulator.user_data.site import Blob

# The relevant lines of the packages' default configuration, on Amazon Linux and on Debian and Ubuntu.
HTTPD_CONF = ("/etc/httpd/conf/httpd.conf", "/etc/apache2/ports.conf")
NGINX_CONF = ("/etc/nginx/nginx.conf", "/etc/nginx/sites-available/default")
_STOCK = {
    **{path: Blob(b"Listen 80\n") for path in HTTPD_CONF},
    NGINX_CONF[0]: Blob(b"    server {\n        listen       80;\n        listen       [::]:80;\n    }\n"),
    NGINX_CONF[1]: Blob(
        b"    listen 80 default_server;\n    listen [::]:80 default_server;\n    root /var/www/html;\n"
    ),
}
_SIZE = re2.compile(r"(\d{1,15})([kKMG]?)(?:i?B)?")
_PORT = re2.compile(r"[0-9]{1,5}")
_ESCAPE = re2.compile(r"\\([nt\\])")
_FORMAT = re2.compile(r"%s|%%")
_ECHO_FLAGS = re2.compile(r"-[neE]+")
_SIZE_OPTION = re2.compile(r"(?:^| )(?:-[ls]|--length|--size)[ =]?(\w+)")
_HEAD_OF_DEVICE = re2.compile(r"-c ?(\w+) /dev/(?:zero|u?random)")
_LARGEST_FILE = 1 << 40  # bytes, more than any volume here has
_UNITS = {"": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_INSTALLERS = frozenset({"yum", "dnf", "apt", "apt-get", "amazon-linux-extras", "zypper", "apk"})


@dataclass(frozen=True, slots=True)
class Serving:
    """A server started by hand: it serves a directory on a port."""

    software: str
    port: int
    directory: str


@dataclass
class Machine:
    """The state of one machine. `facts` are its own metadata, by path of the instance metadata service."""

    facts: Mapping[str, str]
    budget: Budget
    files: dict[str, Blob] = field(default_factory=lambda: dict(_STOCK))
    packages: set[str] = field(default_factory=set)
    started: set[str] = field(default_factory=set)  # units, without ".service"
    serving: list[Serving] = field(default_factory=list)
    directory: str = "/"

    def run(self, script: str) -> None:
        """Apply the effects of `script`.

        Raises:
            ExhaustedError: If it takes more steps than are left.
        """
        for command in commands(script, self.facts, self.budget):
            self.do(command)

    def do(self, command: ShellCommand) -> None:
        """Apply the effects of one command, its redirections and a `tee` at its end."""
        output = self._output(command)
        for path, append in command.outputs:
            self.write(path, output or Blob(), append=append)
        if command.pipe is not None and command.pipe.words[:1] == ("tee",):
            self._tee(command.pipe, output)

    def write(self, path: str, content: Blob, *, append: bool = False) -> None:
        """Write a file; `path` may be relative to the current directory. Appending to a file with zeros replaces it."""
        path = self._absolute(path)
        before = self.files.get(path, Blob()) if append else Blob()
        # The bytes that are there already are copied, which is fast: a line must not cost as much as its file.
        self.budget.spend(len(path) + len(content.data) + len(before.data) // 64)
        self.files[path] = content if before.zeros else before + content

    def text(self, path: str) -> str:
        """The text of a file, given by its absolute path; "" if there is none."""
        data = self.files.get(path, Blob()).data
        self.budget.spend(len(data))
        return data.decode(errors="replace")

    def below(self, directory: str) -> dict[str, Blob]:
        """The files in a directory and its subdirectories, by path relative to it, with a leading "/"."""
        root = self._absolute(directory).rstrip("/")
        self.budget.spend(len(self.files))
        return {path[len(root) :]: blob for path, blob in self.files.items() if path.startswith(f"{root}/")}

    def serves(self, directory: str) -> bool:
        """True if a server started by hand serves `directory`."""
        return any(each.directory == directory for each in self.serving)

    def units(self) -> Iterator[str]:
        """The commands of the started systemd units that the script itself has written."""
        for path, blob in self.files.items():
            folder, _, name = path.rpartition("/")
            if folder.endswith("/systemd/system") and name.removesuffix(".service") in self.started:
                lines = (line.partition("=") for line in blob.data.decode(errors="replace").splitlines())
                unit = {key.strip(): value.strip() for key, _, value in lines}
                yield f"cd {unit.get('WorkingDirectory', '/')}\n{unit.get('ExecStart', '').lstrip('-@+!:')}"

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.directory, path))

    def _output(self, command: ShellCommand) -> Blob | None:
        """Apply the command's effects other than redirections; return its output, None if it is not known."""
        if not command.words:
            return None
        name = command.words[0].rpartition("/")[2]
        if command.body is not None:
            content = Blob(command.body.encode())
            if name == "tee":
                self._tee(command, content)
            return content if name in ("cat", "tee") else None
        if name in _INSTALLERS:
            self.packages.update(command.words[1:])
            return None
        act = _ACTS.get(name)
        return act(self, command.words[1:]) if act else None

    def _tee(self, command: ShellCommand, content: Blob | None) -> None:
        append = "-a" in command.words or "--append" in command.words
        for path in command.words[1:]:
            if not path.startswith("-"):
                self.write(path, content or Blob(), append=append)


Act = Callable[[Machine, Sequence[str]], Blob | None]


def _echo(_machine: Machine, words: Sequence[str]) -> Blob:
    flags = ""
    while words and _ECHO_FLAGS.fullmatch(words[0]):
        flags, words = flags + words[0], words[1:]
    text = " ".join(words)
    return Blob(((_unescape(text) if "e" in flags else text) + ("" if "n" in flags else "\n")).encode())


def _printf(_machine: Machine, words: Sequence[str]) -> Blob:
    values = iter(words[1:])
    text = _unescape(words[0]) if words else ""
    filled = _FORMAT.sub(lambda found: "%" if found[0] == "%%" else next(values, ""), text)
    return Blob(str(filled).encode())


def _unescape(text: str) -> str:
    return str(_ESCAPE.sub(lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text))


def _cat(machine: Machine, words: Sequence[str]) -> Blob:
    return Blob("".join(machine.text(machine._absolute(word)) for word in words).encode())


def _cd(machine: Machine, words: Sequence[str]) -> None:
    machine.directory = machine._absolute(words[0]) if words else "/root"


def _copy(machine: Machine, words: Sequence[str]) -> None:
    paths = [word for word in words if not word.startswith("-")]
    for source in paths[:-1]:
        content = machine.files.get(machine._absolute(source))
        if content is not None:
            into = paths[-1].endswith("/") or machine.below(paths[-1])
            name = posixpath.basename(source)
            machine.write(posixpath.join(paths[-1], name) if into else paths[-1], content)


def _run_sed(machine: Machine, words: Sequence[str]) -> None:
    for path, content in edit(words, lambda path: machine.text(machine._absolute(path)), machine.budget):
        machine.write(path, Blob(content.encode()))


def _size(word: str) -> int:
    found = _SIZE.fullmatch(word)
    return min(int(found[1]) * _UNITS[found[2]], _LARGEST_FILE) if found else 0


def _create_sized_file(machine: Machine, words: Sequence[str]) -> None:
    """`fallocate -l SIZE FILE`, `truncate -s SIZE FILE`."""
    size = _SIZE_OPTION.search(" ".join(words))
    if size and words:
        machine.write(words[-1], Blob(zeros=_size(size[1])))


def _dd(machine: Machine, words: Sequence[str]) -> None:
    options = dict(word.partition("=")[::2] for word in words)
    if options.get("of") and options.get("if") in ("/dev/zero", "/dev/urandom", "/dev/random"):
        size = _size(options.get("bs", "512")) * _size(options.get("count", "0"))
        machine.write(options["of"], Blob(zeros=min(size, _LARGEST_FILE)))


def _head(_machine: Machine, words: Sequence[str]) -> Blob | None:
    found = _HEAD_OF_DEVICE.fullmatch(" ".join(words))
    return Blob(zeros=_size(found[1])) if found else None


def _systemctl(machine: Machine, words: Sequence[str]) -> None:
    plain = [word for word in words if not word.startswith("-")]
    if plain[:1] in (["start"], ["restart"], ["reload-or-restart"]) or (plain[:1] == ["enable"] and "--now" in words):
        machine.started.update(word.removesuffix(".service") for word in plain[1:])


def _service(machine: Machine, words: Sequence[str]) -> None:
    if len(words) > 1 and words[1] in ("start", "restart"):
        machine.started.add(words[0])


def _by_itself(name: str) -> Act:
    def start(machine: Machine, words: Sequence[str]) -> None:
        if "stop" not in words:
            machine.started.add(name)

    return start


def _python(machine: Machine, words: Sequence[str]) -> None:
    """`python3 -m http.server [PORT] [--directory DIR]`, and Python 2's SimpleHTTPServer."""
    module = next((n for n, word in enumerate(words) if word in ("http.server", "SimpleHTTPServer")), 0)
    if not module or words[module - 1] != "-m":
        return
    port, directory, rest = 8000, machine.directory, iter(words[module + 1 :])
    for word in rest:
        name, _, value = word.partition("=")
        if name in ("--directory", "-d"):
            directory = value or next(rest, directory)
        elif name in ("--bind", "-b", "--protocol", "-p"):
            value or next(rest, "")
        elif _PORT.fullmatch(word):
            port = int(word)
    machine.serving.append(Serving("python", port, machine._absolute(directory)))


def _busybox(machine: Machine, words: Sequence[str]) -> None:
    """`busybox httpd [-p PORT] [-h DIR]`."""
    if words[:1] != ("httpd",):
        return
    options = dict(itertools.pairwise(words))
    port = options.get("-p", "80").rpartition(":")[2]
    if _PORT.fullmatch(port):
        machine.serving.append(Serving("busybox", int(port), machine._absolute(options.get("-h", machine.directory))))


_ACTS: Mapping[str, Act] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "cd": _cd,
    "cp": _copy,
    "mv": _copy,
    "sed": _run_sed,
    "fallocate": _create_sized_file,
    "truncate": _create_sized_file,
    "dd": _dd,
    "head": _head,
    "systemctl": _systemctl,
    "service": _service,
    "httpd": _by_itself("httpd"),
    "apachectl": _by_itself("httpd"),
    "apache2ctl": _by_itself("apache2"),
    "nginx": _by_itself("nginx"),
    "python": _python,
    "python2": _python,
    "python3": _python,
    "busybox": _busybox,
}
