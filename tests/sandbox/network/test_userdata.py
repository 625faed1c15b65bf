"""What user data puts at /var/www/html/index.html, by the ways people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.sandbox.network.userdata import Page, page

FILE = "/var/www/html/index.html"
TEXT = "Hello from Provider VPC on Subnet 1"


@pytest.mark.parametrize(
    "script",
    [
        f"#!/bin/bash\nsudo yum install -y httpd\necho '{TEXT}' > {FILE}\nsystemctl start httpd",
        f'#!/bin/bash\necho "{TEXT}" > {FILE}',
        f"#!/bin/bash\necho {TEXT} >{FILE}",
        f"#!/bin/bash\necho '{TEXT}' | sudo tee {FILE}",
        f"#!/bin/bash\necho '{TEXT}' | tee {FILE} > /dev/null",
        f"#!/bin/bash\nyum -y install httpd && echo '{TEXT}' > {FILE}",
        f"#!/bin/bash\nprintf '%s\\n' '{TEXT}' > {FILE}",
        f"#!/bin/bash\nprintf '{TEXT}\\n' > {FILE}",
        f"#!/bin/bash\ncat > {FILE} <<'EOF'\n{TEXT}\nEOF\nsystemctl enable --now httpd",
        f"#!/bin/bash\ncat <<EOF > {FILE}\n{TEXT}\nEOF\n",
        f"#!/bin/bash\ncat <<-EOF > {FILE}\n\t{TEXT}\n\tEOF\n",
        f"#!/bin/bash\nsudo tee {FILE} <<EOF\n{TEXT}\nEOF\n",
        f"#!/bin/bash\necho '{TEXT}' \\\n  > {FILE}",
        f"#cloud-config\nwrite_files:\n  - path: {FILE}\n    content: |\n      {TEXT}\n",
        f"#cloud-config\nruncmd:\n  - echo '{TEXT}' > {FILE}\n",
    ],
)
def test_every_common_way_of_writing_the_page_is_read(script: str) -> None:
    assert page(script) == Page(f"{TEXT}\n".encode(), 80)


@pytest.mark.parametrize(
    "script",
    [
        "",
        "#!/bin/bash\nyum install -y httpd",
        "#!/bin/bash\necho hi > /tmp/index.html",
        "#cloud-config\n- [",
        "echo 'open",
    ],
)
def test_without_a_page_nothing_listens(script: str) -> None:
    assert page(script) is None


@pytest.mark.parametrize(
    "line",
    [
        "sed -i 's/Listen 80/Listen 8080/' /etc/httpd/conf/httpd.conf",
        "sed -i 's/^Listen 80$/Listen 8080/' /etc/httpd/conf/httpd.conf",
        "echo 'Listen 8080' > /etc/httpd/conf.d/port.conf",
        "echo 'Listen 0.0.0.0:8080' > /etc/httpd/conf.d/port.conf",
    ],
)
def test_the_port_is_the_one_the_configuration_ends_with(line: str) -> None:
    assert page(f"#!/bin/bash\n{line}\necho hi > {FILE}") == Page(b"hi\n", 8080)


def test_later_writes_replace_and_appends_add() -> None:
    script = f"#!/bin/bash\necho old > {FILE}\necho one > {FILE}\necho two >> {FILE}\n"
    assert page(script) == Page(b"one\ntwo\n")


@given(st.text())
def test_any_text_at_all_is_read_without_harm(text: str) -> None:
    page(text)
    page("#cloud-config\n" + text)
