"""moto's state belongs to the process: whoever made the last application has it, and the one before is of no use.

Where workers share tests out, those of the API and those of the network come in any order in one process.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_current: Any = None


def the_one(kind: Callable[[], T]) -> T:
    """The application there is if it is of this kind, or else a new one, serving on a thread of its own."""
    global _current
    if type(_current) is not kind:
        if _current is not None:
            _current.server.shutdown()
        _current = kind()
        threading.Thread(target=_current.server.serve_forever, daemon=True).start()
    found: T = _current
    return found
