"""Generated user data: shell scripts, sed, cloud-config and systemd units, with a taste for what grows."""

import random
from collections.abc import Callable

from pltui.emulator.user_data.budget import MOST_BYTES

_WORDS = (
    "a",
    "/f",
    "/var/www/html/index.html",
    "/etc/httpd/conf/httpd.conf",
    "$A",
    "${B}",
    "80",
    "web",
    "'",
    '"',
    "\\",
    "é",
    "\0",
)
_PATTERNS = (
    "a",
    ".",
    "a*",
    "(a)",
    r"\(a\)",
    "[[:space:]]*",
    "[^",
    "^",
    "$",
    "a+",
    r"a\+",
    "{2}",
    "|",
    r"\1",
    r"\b",
    "*",
    "(a*)*",
    "]",
)
_REPLACEMENTS = ("&", "&&", r"\1", r"\5", r"\n", "x", "\\", "\\&", "8080")
_SCALARS = (
    "x",
    "!!bool x",
    '"\\UFFFFFFFF"',
    '"\\ud800"',
    "0x",
    "!!int a",
    "2020-99-99",
    "*a",
    "&a [*a, *a]",
    "1e999",
    "~",
    "!!binary ?",
    "? x",
    "|\n   t",
)


def make(random_: random.Random) -> str:
    """One user data of at most 16 KB."""
    parts = [random_.choice(_FORMS)(random_) for _ in range(random_.choice((1, 1, 1, 3)))]
    return "\n".join(parts).encode(errors="replace")[:MOST_BYTES].decode(errors="replace")


def _many(random_: random.Random, one: Callable[[random.Random], str], between: str = "\n") -> str:
    number = random_.choice((1, 3, 20, 400))
    if random_.random() < 0.4:
        return between.join([one(random_)] * number)  # the same again and again: what grows does so now
    return between.join(one(random_) for _ in range(number))


def _line(random_: random.Random) -> str:
    word = lambda: random_.choice(_WORDS) * random_.choice((1, 1, 1, 2, 300))  # noqa: E731
    return random_.choice(
        (
            f"echo {word()} {word()} > {word()}",
            f"echo {word()} >> /f",
            f"cat /f {word()} /f > /g; cat /g /g > /f",
            f"cp /f {word()}",
            f"A={word()}; B=$A$A; A=$B$B",
            f"cat <<EOF > /f\n{word()}\n{word()}\nEOF",
            f"cat <<{word()}\n{word()}",
            f"cd {word()}; tee {word()} {word()} < /f",
            f"python3 -m http.server {random_.randrange(70000)} --directory {word()}",
            f"fallocate -l {random_.choice(('9' * 15 + 'G', '1M', '-1', word()))} {word()}",
            f"systemctl enable --now {word()}",
            f"printf '{word()}%s%%%s' {word()} | sudo tee {word()}",
            f"{word()}{word()}{word()}",
            f"$(hostname) `{word()}` $({word()}",
            "\\",
            "",
            _sed(random_),
        )
    )


def _sed(random_: random.Random) -> str:
    pattern = "".join(random_.choice(_PATTERNS) for _ in range(random_.choice((1, 2, 5, 60))))
    replacement = "".join(random_.choice(_REPLACEMENTS) for _ in range(random_.choice((0, 1, 3))))
    quote, flags = random_.choice(("'", '"')), random_.choice(("", "g", "I", "2", "gI"))
    return f"sed -{random_.choice(('i', 'Ei', 'i.bak', 'n'))} {quote}s/{pattern}/{replacement}/{flags}{quote} /f"


def _script(random_: random.Random) -> str:
    return "#!/bin/bash\n" + _many(random_, _line)


def _cloud_config(random_: random.Random) -> str:
    scalar = lambda: random_.choice(_SCALARS)  # noqa: E731
    depth = random_.choice((1, 5, 40, 4000))
    anchors = "\n".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]" for n in range(random_.choice((1, 9)))
    )
    entry = lambda r: f"  - path: {r.choice(_WORDS)}\n    content: {scalar()}\n    encoding: {r.choice(('b64', 'x'))}"  # noqa: E731
    return "\n".join(
        (
            "#cloud-config",
            random_.choice((anchors, f"x: {'[' * depth}", f"x: {'{a: ' * depth}", "")),
            "write_files:",
            _many(random_, entry),
            "runcmd:",
            _many(random_, lambda r: f"  - {r.choice((scalar(), _line(r)))}"),
        )
    )


_UNIT_LINES = ("", " ", "ExecStart=-", "ExecStart=/usr/bin/python3 -m http.server 80", "WorkingDirectory=", "=" * 300)


def _unit(random_: random.Random) -> str:
    name = random_.choice(("web", "a"))
    lines = _many(random_, lambda r: r.choice(_UNIT_LINES))
    return f"cat > /etc/systemd/system/{name}.service <<'EOF'\n{lines}\nEOF\nsystemctl start {name}"


def _mime(random_: random.Random) -> str:
    parts = "".join(
        f"--B\nContent-Type: text/x-shellscript\n\n{_line(random_)}\n" for _ in range(random_.choice((1, 50)))
    )
    return f"Content-Type: multipart/mixed; boundary=B\n\n{parts}"


def _noise(random_: random.Random) -> str:
    return "".join(chr(random_.choice((random_.randrange(128), random_.randrange(0xD7FF)))) for _ in range(2000))


_FORMS: tuple[Callable[[random.Random], str], ...] = (_script, _script, _cloud_config, _unit, _mime, _noise)
