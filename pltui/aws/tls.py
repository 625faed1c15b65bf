"""Failures of TLS, for which botocore has one exception: whether the request was sent depends on the cause."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator

from pltui.i18n import Phrase


def certificate_hint(error: BaseException) -> str:
    """Return advice if a certificate could not be verified; "" for another cause."""
    if not any(isinstance(each, ssl.SSLCertVerificationError) for each in _cause_chain(error)):
        return ""
    return Phrase("name the file of the certificate authority in AWS_CA_BUNDLE, or as ca_bundle of the profile")


def in_handshake(error: BaseException) -> bool:
    """Return True if the connection failed before any request could be sent over it."""
    return any(
        isinstance(each, ssl.SSLError) and "do_handshake" in _function_names(each) for each in _cause_chain(error)
    )


def _function_names(error: BaseException) -> set[str]:
    """Return the names of the functions that an exception has passed through."""
    return {frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)}


def _cause_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all its causes. urllib3 keeps the first one as an argument."""
    left, observed = [error], set[int]()
    while left:
        each = left.pop()
        if id(each) not in observed:
            observed.add(id(each))
            yield each
            left += [one for one in (each.__cause__, each.__context__, *each.args) if isinstance(one, BaseException)]
