"""Which status and body a path gets, by what lies where on the machine."""

import pytest

from pltui.emulator.network.webserver import locate
from pltui.emulator.user_data.site import Blob, Site, Software

FILES = {"/index.html": Blob(b"home"), "/health": Blob(b"ok"), "/a/index.html": Blob(b"a"), "/b/c.txt": Blob(b"c")}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, b"home"),
        ("/index.html", 200, b"home"),
        ("/health", 200, b"ok"),
        ("/a/", 200, b"a"),
        ("/a", 301, None),
        ("/b/c.txt", 200, b"c"),
        ("/b/", 403, None),
        ("/missing", 404, None),
        ("/health/", 404, None),
        ("/../etc/passwd", 404, None),
    ],
)
def test_a_path_is_a_file_or_a_folders_index(path: str, status: int, body: bytes | None) -> None:
    found, blob = locate(Site(files=FILES), path)
    assert (found, blob.data if blob else None) == (status, body)


@pytest.mark.parametrize(("software", "status"), [("httpd", 403), ("nginx", 200), ("python", 200), ("busybox", 403)])
def test_without_an_index_each_server_has_its_own_way(software: Software, status: int) -> None:
    assert locate(Site(software=software), "/")[0] == status


def test_python_lists_a_folder() -> None:
    _, listing = locate(Site(8000, {"/<x>": Blob(b""), "/b/c.txt": Blob(b"")}, "python"), "/")
    assert listing is not None
    assert b"&lt;x&gt;" in listing.data
    assert b">b<" in listing.data
