"""Body of a request: its length or chunks (RFC 9112, sections 6 and 7), and limits of its size, also decompressed."""

import re
import zlib
from email.message import Message
from typing import BinaryIO

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_LINE = 8192  # bytes of a chunk's head or a trailer
_MOST_TRAILERS = 100
_PIECE = 64 * 1024  # bytes that are decompressed at a time
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""zlib's window sizes, which also select the format, by content coding."""


class MalformedBodyError(Exception):
    """A request whose end cannot be found, or whose body does not have the form that it names."""


class BodyTooLargeError(Exception):
    """A body over the limit, as sent or decompressed."""


def content_length(headers: Message) -> int | None:
    """The length of the body; None if it is chunked.

    Raises:
        MalformedBodyError: If the length is no number or not unique, or the transfer coding is not `chunked`.
    """
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    if codings:
        if lengths or [each.strip().lower() for each in codings] != ["chunked"]:
            raise MalformedBodyError("the request has a transfer coding other than chunked, or a length beside it")
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0].strip(" \t")):
        raise MalformedBodyError("Content-Length is not one number")
    return int(lengths[0])


def read_body(stream: BinaryIO, length: int | None, largest: int) -> bytes:
    """Read a body of `length` bytes, or a chunked one, of at most `largest` bytes.

    Raises:
        MalformedBodyError: If it ends early, or a chunk is malformed.
        BodyTooLargeError: If it is larger; the rest is then not read.
    """
    if length is None:
        return _read_chunks(stream, largest)
    check_length(length, largest)
    return _read_exactly(stream, length)


def check_length(length: int | None, largest: int) -> None:
    """Check a known length before the body is read.

    Raises:
        BodyTooLargeError: If it is over `largest`.
    """
    if length is not None and length > largest:
        raise BodyTooLargeError


def check_decompressed(body: bytes, codings: str, largest: int) -> None:
    """Check that a body is at most `largest` bytes without the content codings it has. The result is not kept.

    Raises:
        BodyTooLargeError: If it is larger.
        MalformedBodyError: If it is not compressed as it says.
    """
    coded = [each.strip().lower() for each in codings.split(",") if each.strip().lower() in _WINDOWS]
    if len(coded) > 1:
        raise MalformedBodyError("the body is compressed more than once")
    for coding in coded:
        _check_size(body, _WINDOWS[coding], largest)


def _check_size(body: bytes, window: int, largest: int) -> None:
    size, rest = 0, body
    while rest:  # gzip allows several members one after another (RFC 1952, section 2.2)
        unpacker = zlib.decompressobj(window)
        while rest and not unpacker.eof:
            try:
                size += len(unpacker.decompress(rest, _PIECE))
            except zlib.error as error:
                raise MalformedBodyError("the body is not compressed as it says") from error
            if size > largest:
                raise BodyTooLargeError
            rest = unpacker.unconsumed_tail
        if not unpacker.eof:
            raise MalformedBodyError("the compressed body ends early")
        rest = unpacker.unused_data


def _read_chunks(stream: BinaryIO, largest: int) -> bytes:
    body = bytearray()
    while True:
        head = _CHUNK.fullmatch(stream.readline(_LONGEST_LINE))
        if head is None:
            raise MalformedBodyError("a chunk has no length")
        size = int(head[1], 16)
        if len(body) + size > largest:
            raise BodyTooLargeError
        if size == 0:
            _skip_trailers(stream)
            return bytes(body)
        body += _read_exactly(stream, size)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise MalformedBodyError("a chunk is longer than its length")


def _skip_trailers(stream: BinaryIO) -> None:
    for _ in range(_MOST_TRAILERS):
        if stream.readline(_LONGEST_LINE) in (b"\r\n", b"\n", b""):
            return
    raise MalformedBodyError("the body has too many trailers")


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise MalformedBodyError("the body ends early")
    return content
