"""Mutants of valid calls: the same request with a parameter, the body, the path or a header that is wrong."""

import copy
import http.client
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree import ElementTree

TEXTS = (
    "", " ", "x", "0", "-1", "50", "65536", "99999999999999999999", "1e9", "NaN", "true", "null", "None", "²", "\x00",
    "\x01", "\ud800", "\U0001f600", "é", "'\"<>&]]>", "%00", "../../x", "10.0.0.0", "10.0.0.0/33", "::/0", "1.2.3",
    "0.0.0.0/0", "vpc-", "vpc-0", "subnet-0123456789abcdef0", "arn:aws:", "arn:aws:elasticloadbalancing:a:b:c/d",
    "arn:aws:iam::aws:policy/x", "tag:", "{", "[]", "{}", "[[", "HTTP", "UDP", "TLS", "icmp", "fixed-response",
    "2026-13-45", "a" * 300, "a" * 5000, "a.b." * 100, "$(x)", "${x}", "*", "?", "[", "(", "\\", ",", "/", ":", "|",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**70,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"x": "y"},
    "x",
    "",
    *TEXTS,
)
_LETTERS = "abcdefghij"
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "' + f"&{inner};" * 10 + '">' for inner, name in pairwise(_LETTERS)
) + "]>"  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent:
    """A request as it is on the wire. `intact` is false if its service or protocol may no longer be recognizable."""

    service: str
    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    mutation: str = "valid"
    intact: bool = True

    def to(self, host: str) -> tuple[int, str, bytes]:
        """Send it. Returns the status, content type and body of the answer."""
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.putrequest(self.method, self.path, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(self.body)))
            connection.endheaders(self.body)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()


def recorded(service: str, operation: str, request: Any) -> Sent:
    """A request that botocore is about to send."""
    url = urlsplit(request.url)
    body = request.body or b""
    left_out = ("content-length", "expect", "transfer-encoding", "host")
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
        if name.lower() not in left_out
    }
    path = url.path + (f"?{url.query}" if url.query else "")
    return Sent(service, operation, request.method, path, headers, body.encode() if isinstance(body, str) else body)


def mutants(sent: Sent, chance: random.Random) -> Iterator[Sent]:
    """Endlessly many mutants of a request."""
    while True:
        mutate = chance.choices(MUTATIONS, WEIGHTS)[0]
        if (mutant := mutate(sent, chance)) is not None and mutant != sent:
            yield replace(mutant, mutation=mutate.__name__)


def parameter(sent: Sent, chance: random.Random) -> Sent | None:
    """A wrong parameter, in a body of any protocol."""
    if sent.headers.get("Content-Type", "").startswith(FORM):
        return replace(sent, body=_form(parse_qsl(sent.body.decode(), keep_blank_values=True), chance))
    if sent.body[:1] == b"{":
        return replace(sent, body=_json(json.loads(sent.body), chance))
    if sent.body[:1] == b"<":
        return replace(sent, body=_xml(sent.body.decode(), chance))
    return None


def octets(sent: Sent, chance: random.Random) -> Sent | None:
    """A body that is cut, damaged, doubled or of something else."""
    body, at = sent.body, chance.randrange(len(sent.body) + 1)
    if not body:
        return None
    changed = chance.choice(
        [
            body[:at],
            body[:at] + chance.randbytes(3) + body[at:],
            body[:at] + b"\x00\xff\xed\xa0\x80" + body[at + 1 :],
            body * 2,
            b"",
            b"<",
            b"{",
            b"[" * 50_000,
            b"null",
            b'"x"',
            b"[1]",
            b"<a>" * 5_000,
            BOMB.encode() + b"<a>&j;</a>",
            b"&=&" * 1000,
        ]
    )
    action = b"Action=" + sent.operation.encode()
    return replace(sent, body=changed, intact=not body.startswith(b"Action=") or action in changed)


def path(sent: Sent, chance: random.Random) -> Sent:
    """Another path, or another method."""
    parts = sent.path.split("/")
    at = chance.randrange(len(parts))
    word = quote(chance.choice(TEXTS).encode("utf-8", "surrogatepass"))
    parts[at] = chance.choice([word, parts[at] + word, "", parts[at] + "/" + word, "..", "%2e%2e"])
    changed = "/" + "/".join(parts).lstrip("/")
    if chance.random() < 0.2:
        return replace(sent, method=chance.choice(["GET", "PUT", "DELETE", "PATCH", "POST"]), intact=False)
    return replace(sent, path=changed, intact=False)


def header(sent: Sent, chance: random.Random) -> Sent:
    """A wrong or missing header."""
    name = chance.choice([*sent.headers, "Content-Type", "X-Amz-Target", "X-Amz-Date", "Content-Encoding"])
    headers = {key: value for key, value in sent.headers.items() if key != name}
    value = sent.headers.get(name, "")
    words = [
        "",
        "x",
        "application/json",
        "text/xml; charset=x",
        "multipart/form-data",
        "gzip",
        "AmazonSSM.",
        "a.b",
        FORM,
    ]
    words += [value[: len(value) // 2], value + "x", value.swapcase(), value.replace("/", ""), "\x7f", "²"]
    if chance.random() < 0.8:
        headers[name] = chance.choice(words)
    return replace(sent, headers=headers, intact=False)


MUTATIONS: tuple[Callable[[Sent, random.Random], Sent | None], ...] = (parameter, octets, path, header)
WEIGHTS = (12, 3, 2, 1)


def _form(pairs: list[tuple[str, str]], chance: random.Random) -> bytes:
    fixed = [pair for pair in pairs if pair[0] in ("Action", "Version")]
    pairs = [pair for pair in pairs if pair not in fixed]
    if not pairs or chance.random() < 0.1:
        pairs.append(
            (chance.choice(["x", "Filter.1.Name", "Filter.1.Value.1", "MaxResults", "NextToken", "Marker"]), "1")
        )
    at = chance.randrange(len(pairs))
    name, value = pairs[at]
    match chance.randrange(8):
        case 0:
            del pairs[at]
        case 1:
            pairs.append(pairs[at])
        case 2:
            index = chance.choice(["0", "-1", "x", "99", "99999999999", "", "1.1", "²"])
            pairs[at] = (re.sub(r"\.\d+", f".{index}", name, count=1), value)
        case 3:
            pairs[at] = (name + chance.choice([".1", ".x", ".member.1", "[]", "", "x"]), value)
        case 4:
            pairs[at] = (name, chance.choice(pairs)[1])
        case 5:
            pairs[at] = (name, value + chance.choice(TEXTS))
        case _:
            pairs[at] = (name, chance.choice(TEXTS))
    return urlencode(fixed + pairs, errors="surrogatepass").encode()


def _json(document: Any, chance: random.Random) -> bytes:
    document = copy.deepcopy(document)
    places = list(_places(document))
    if not places or chance.random() < 0.1:
        return json.dumps(chance.choice(VALUES)).encode()
    holder, key = chance.choice(places)
    match chance.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            holder[key] = {"x": holder[key]}
        case _:
            holder[key] = chance.choice(VALUES)
    return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, each in items:
        yield value, key
        yield from _places(each)


def _xml(text: str, chance: random.Random) -> bytes:
    root = ElementTree.fromstring(text)
    parents = [each for each in root.iter() if len(each)]
    if not parents:
        return text.encode()
    parent = chance.choice(parents)
    child = chance.choice(list(parent))
    match chance.randrange(7):
        case 0:
            parent.remove(child)
        case 1:
            parent.append(copy.deepcopy(child))
        case 2:
            child.tag += "x"
        case 3:
            child.extend([ElementTree.Element("x")])
        case 4:
            return (BOMB + re.sub(r">[^<>]+</", ">&j;</", text, count=1)).encode()
        case _:
            child.text = chance.choice(TEXTS)
            for each in list(child):
                child.remove(each)
    return ElementTree.tostring(root, "unicode").encode("utf-8", "surrogatepass")
