"""What the app's driver writes, which two threads do: the loop that draws, and the one that hands over a file."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from pltui.tui.browser_driver import BrowserDriver
from pltui.web.tab import HEAD

SIZE = 200_000  # more than a pipe holds
TIMES = 20


def test_packets_larger_than_the_pipe_stay_whole() -> None:
    reading, writing = os.pipe()
    driver = BrowserDriver.__new__(BrowserDriver)  # what it needs of a terminal and of an app is not needed to write
    driver._turn = Lock()

    def write(kind: bytes) -> None:
        for _ in range(TIMES):
            driver._write_whole(writing, HEAD.pack(kind, SIZE) + kind * SIZE)

    with os.fdopen(reading, "rb") as pipe, ThreadPoolExecutor() as threads:
        writers = [threads.submit(write, kind) for kind in (b"D", b"P")]
        packets: Counter[bytes] = Counter()
        for _ in range(2 * TIMES):
            kind, size = HEAD.unpack(pipe.read(HEAD.size))
            assert (size, pipe.read(size)) == (SIZE, kind * SIZE)
            packets[kind] += 1
        for writer in writers:
            writer.result()
    os.close(writing)
    assert packets == {b"D": TIMES, b"P": TIMES}


def test_nobody_who_reads_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    driver = BrowserDriver.__new__(BrowserDriver)
    driver._turn = Lock()
    driver._write_whole(writing, b"D")
    os.close(writing)
