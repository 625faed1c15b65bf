"""Failures of TLS, which botocore has one exception for: what each says about whether a request was sent."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator

from pltui.i18n import Phrase


def certificate_hint(error: BaseException) -> str:
    """Advice where a certificate could not be verified; "" where that is not the reason."""
    if not any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error)):
        return ""
    return Phrase("name the file of the certificate authority in AWS_CA_BUNDLE, or as ca_bundle of the profile")


def in_handshake(error: BaseException) -> bool:
    """True if the connection broke before anything could be sent over it."""
    return any(isinstance(each, ssl.SSLError) and "do_handshake" in _functions(each) for each in _chain(error))


def _functions(error: BaseException) -> set[str]:
    """The functions that an exception has passed through."""
    return {frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it. urllib3 keeps the first one as an argument."""
    left, observed = [error], set[int]()
    while left:
        each = left.pop()
        if id(each) not in observed:
            observed.add(id(each))
            yield each
            left += [one for one in (each.__cause__, each.__context__, *each.args) if isinstance(one, BaseException)]
