"""What a machine serves by its user data, in the ways people write it. Tables: the script, and what comes of it."""

import base64
from collections.abc import Iterable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.emulator.user_data.interpretation import interpret
from pltui.emulator.user_data.site import Blob, Site
from pltui.topology.provider import web_server

FILE = "/var/www/html/index.html"
TEXT = "Hello from Provider VPC on Subnet 1"
PAGE = f"echo '{TEXT}' > {FILE}"
ENCODED = base64.b64encode(f"{TEXT}\n".encode()).decode()
UNIT = """\
cat > /etc/systemd/system/web.service <<'EOF'
[Unit]
Description=A web server

[Service]
WorkingDirectory=/srv
ExecStart=/usr/bin/python3 -m http.server 8000
Restart=always
EOF
"""


def sites(user_data: str, facts: Iterable[tuple[str, str]] = ()) -> tuple[Site, ...]:
    """The sites of user data that can be interpreted."""
    boot = interpret(user_data, facts)
    assert boot.problem == ""
    return boot.sites


def ports(user_data: str) -> list[int]:
    return [site.port for site in sites(user_data)]


@pytest.mark.parametrize(
    "script",
    [
        f"#!/bin/bash\nsudo yum install -y httpd\necho '{TEXT}' > {FILE}\nsystemctl start httpd",
        f'#!/bin/bash\necho "{TEXT}" > {FILE}',
        f"#!/bin/bash\necho {TEXT} >{FILE}",
        f"#!/bin/bash\necho {TEXT} > {FILE} 2>&1",
        f"#!/bin/bash\necho '{TEXT}' | sudo tee {FILE}",
        f"#!/bin/bash\necho '{TEXT}' | tee {FILE} > /dev/null",
        f"#!/bin/bash\nyum -y install httpd && echo '{TEXT}' > {FILE}",
        f"#!/bin/bash\nuntil yum -y install httpd; do sleep 5; done; {PAGE}",
        f"#!/bin/bash\nif true; then {PAGE}; fi",
        f"#!/bin/bash\nprintf '%s\\n' '{TEXT}' > {FILE}",
        f"#!/bin/bash\nprintf '{TEXT}\\n' > {FILE}",
        f"#!/bin/bash\ncat > {FILE} <<'EOF'\n{TEXT}\nEOF\nsystemctl enable --now httpd",
        f"#!/bin/bash\ncat <<EOF > {FILE}\n{TEXT}\nEOF\n",
        f"#!/bin/bash\ncat <<-EOF > {FILE}\n\t{TEXT}\n\tEOF\n",
        f"#!/bin/bash\nsudo tee {FILE} <<EOF\n{TEXT}\nEOF\n",
        f"#!/bin/bash\necho '{TEXT}' \\\n  > {FILE}",
        f"#!/bin/bash\ncd /var/www/html\necho '{TEXT}' > index.html",
        f"#!/bin/bash\ncd /var/www && cd html && (echo '{TEXT}' > ./index.html)",
        f"#!/bin/bash\necho '{TEXT}' > /tmp/page\ncp /tmp/page {FILE}",
        f'#!/bin/bash\nNUMBER=1\necho "Hello from Provider VPC on Subnet $NUMBER" > {FILE}',
        f"#!/bin/bash\nexport VPC='Provider VPC'\ncat <<EOF > {FILE}\nHello from ${{VPC}} on Subnet 1\nEOF",
        f"#cloud-config\nwrite_files:\n  - path: {FILE}\n    content: |\n      {TEXT}\n",
        f"#cloud-config\nwrite_files:\n  - {{path: {FILE}, encoding: b64, content: {ENCODED}}}\n",
        f"#cloud-config\npackages: [httpd]\nruncmd:\n  - echo '{TEXT}' > {FILE}\n  - systemctl enable --now httpd\n",
        f"#cloud-config\nruncmd:\n  - [sh, -c, 'true']\n  - echo '{TEXT}' > {FILE}\n",
    ],
)
def test_every_common_way_of_writing_the_page_is_read(script: str) -> None:
    assert sites(script) == (Site.of(f"{TEXT}\n".encode()),)


@pytest.mark.parametrize(
    "script",
    [
        "",
        "#!/bin/bash\nyum install -y httpd",
        "#!/bin/bash\necho hi > /tmp/index.html",
        "#!/bin/bash\npython3 -m venv /opt/app",
        UNIT,  # written, and never started
        "#cloud-config\n- [",
        "#cloud-config\nruncmd: 5",
        "echo 'open",
    ],
)
def test_without_a_server_nothing_listens(script: str) -> None:
    assert sites(script) == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sed -i 's/Listen 80/Listen 8080/' /etc/httpd/conf/httpd.conf", [8080]),
        ("sed -i 's/^Listen 80$/Listen 8080/' /etc/httpd/conf/httpd.conf", [8080]),
        ('sed -i "s/^Listen 80/Listen 8080/g" /etc/httpd/conf/httpd.conf', [8080]),
        ("sudo sed -i.bak -e 's|^Listen .*|Listen 8080|' /etc/httpd/conf/httpd.conf", [8080]),
        ("sed -i -E 's/^(Listen)\\s+[0-9]+/\\1 8080/' /etc/httpd/conf/httpd.conf", [8080]),
        ("sed -i 's/\\(Listen\\) 80/\\1 8080/' /etc/httpd/conf/httpd.conf", [8080]),
        ('PORT=8080\nsed -i "s/Listen 80/Listen $PORT/" /etc/httpd/conf/httpd.conf', [8080]),
        ("echo 'Listen 8080' > /etc/httpd/conf/httpd.conf", [8080]),
        ("echo 'Listen 8080' >> /etc/httpd/conf/httpd.conf", [80, 8080]),
        ("echo 'Listen 0.0.0.0:8080' > /etc/httpd/conf.d/port.conf", [80, 8080]),
        ("apt-get install -y apache2\nsed -i 's/80/8080/' /etc/apache2/ports.conf", [8080]),
        ("perl -pi -e 's/Listen 80/Listen 8080/' /etc/httpd/conf/httpd.conf", [8080]),
        (
            "echo '# Listen 8080' > /etc/httpd/conf.d/a.conf\nsed -i 's/^Listen 80/Listen 81/' "
            "/etc/httpd/conf/httpd.conf",
            [81],
        ),
    ],
)
def test_httpd_listens_where_its_configuration_says(line: str, expected: list[int]) -> None:
    assert ports(f"#!/bin/bash\n{line}\n{PAGE}") == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cd /srv && echo hi > index.html && python3 -m http.server 8000 &", [8000]),
        ("echo hi > /srv/index.html\nnohup python3 -m http.server 8000 --directory /srv > /dev/null 2>&1 &", [8000]),
        ("echo hi > /srv/index.html\npython3 -m http.server --directory=/srv", [8000]),
        ("echo hi > /srv/index.html\npython3 -m http.server -d /srv --bind 0.0.0.0 9000", [9000]),
        ("cd /srv\necho hi > index.html\npython -m SimpleHTTPServer 80 &", [80]),
        ("cd /srv\necho hi > index.html\n(python3 -m http.server 8000 &)\npython3 -m http.server 8001 &", [8000, 8001]),
        (f"echo hi > /srv/index.html\n{UNIT}systemctl daemon-reload\nsystemctl enable --now web.service", [8000]),
        ("echo hi > /srv/index.html\nbusybox httpd -f -p 8080 -h /srv &", [8080]),
        ("cd /srv\necho hi > index.html\nnohup busybox httpd -f -p 0.0.0.0:8080 &", [8080]),
    ],
)
def test_servers_started_by_hand_or_as_a_unit_serve_their_directory(script: str, expected: list[int]) -> None:
    found = sites(f"#!/bin/bash\n{script}\n")
    assert [site.port for site in found] == expected
    assert all(site.files["/index.html"] == Blob(b"hi\n") for site in found)


@pytest.mark.parametrize("port", [80, 8080])
@pytest.mark.parametrize("greeting", [TEXT, "it's Subnet 1; $(reboot) `reboot` \\n"])
def test_a_server_of_the_lab_serves_its_greeting_on_its_port_and_on_no_other(port: int, greeting: str) -> None:
    page = Blob(f"{greeting}\n".encode())
    assert sites(web_server(greeting, port)) == (Site(port, {"/index.html": page}, "python"),)


@pytest.mark.parametrize(
    ("script", "port"),
    [
        ("dnf install -y nginx\necho hi > /usr/share/nginx/html/index.html\nsystemctl enable --now nginx", 80),
        (
            "echo hi > /usr/share/nginx/html/index.html\n"
            "sed -i 's/listen       80;/listen 8080;/' /etc/nginx/nginx.conf",
            8080,
        ),
        (
            "amazon-linux-extras install nginx1 -y\necho hi > /usr/share/nginx/html/index.html\n"
            "sed -i 's/80;/8080;/g' /etc/nginx/nginx.conf\nservice nginx start",
            8080,
        ),
        ("apt-get install -y nginx\necho hi > /var/www/html/index.html", 80),
        (
            "apt install -y nginx\necho hi > /var/www/html/index.html\n"
            "sed -i 's/listen 80/listen 8080/' /etc/nginx/sites-available/default",
            8080,
        ),
        (
            "yum install -y nginx\necho hi > /srv/index.html\ncat > /etc/nginx/conf.d/web.conf <<'EOF'\n"
            "server {\n  listen 8080;\n  root /srv;\n}\nEOF\nsed -i 's/^.*listen.*$//' /etc/nginx/nginx.conf\n"
            "systemctl start nginx",
            8080,
        ),
    ],
)
def test_nginx_likewise(script: str, port: int) -> None:
    found = sites(f"#!/bin/bash\n{script}\n")
    assert (found[-1].port, found[-1].software) == (port, "nginx")
    assert found[-1].files["/index.html"] == Blob(b"hi\n")


def test_one_machine_may_have_several_servers() -> None:
    both = f"#!/bin/bash\n{PAGE}\nmkdir -p /srv\necho other > /srv/index.html\ncd /srv\npython3 -m http.server 8000 &\n"
    assert [(site.port, site.files["/index.html"].data) for site in sites(both)] == [
        (80, f"{TEXT}\n".encode()),
        (8000, b"other\n"),
    ]


def test_all_files_below_the_root_are_served_by_their_path() -> None:
    script = f"{PAGE}\necho ok > /var/www/html/health\nmkdir /var/www/html/a\necho b > /var/www/html/a/b.txt\n"
    (site,) = sites(script)
    assert site.files == {
        "/index.html": Blob(f"{TEXT}\n".encode()),
        "/health": Blob(b"ok\n"),
        "/a/b.txt": Blob(b"b\n"),
    }


@pytest.mark.parametrize(
    "line",
    [
        "fallocate -l 100M big",
        "truncate -s 100M big",
        "truncate --size=100M big",
        "dd if=/dev/zero of=big bs=1M count=100",
        "dd if=/dev/urandom of=big bs=1024k count=100 status=none",
        "head -c 100M /dev/zero > big",
        "fallocate -l 104857600 big",
    ],
)
def test_a_large_file_is_its_size_and_takes_no_memory(line: str) -> None:
    (site,) = sites(f"#!/bin/bash\ncd /var/www/html\n{line}\n")
    assert site.files["/big"] == Blob(zeros=100 * 1024 * 1024)


def test_later_writes_replace_and_appends_add() -> None:
    script = f"#!/bin/bash\necho old > {FILE}\necho one > {FILE}\necho two >> {FILE}\n"
    assert sites(script) == (Site.of(b"one\ntwo\n"),)


def test_a_quote_may_span_lines_and_takes_what_is_in_it_literally() -> None:
    script = f"#!/bin/bash\necho '<html>\n  <b>$HOME &amp; co</b>\n</html>' > {FILE}\necho done\n"
    assert sites(script) == (Site.of(b"<html>\n  <b>$HOME &amp; co</b>\n</html>\n"),)


ZONE = "http://169.254.169.254/latest/meta-data/placement/availability-zone"
TOKEN = 'TOKEN=$(curl -sX PUT "http://169.254.169.254/latest/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")'


@pytest.mark.parametrize(
    ("script", "page"),
    [
        ('echo "from $(hostname -f)" > FILE', "from ip-10-0-1-5.internal\n"),
        ("echo from `hostname` > FILE", "from ip-10-0-1-5.internal\n"),
        (f'AZ=$(curl -s {ZONE})\necho "in $AZ" > FILE', "in eu-west-1a\n"),
        (f'{TOKEN}\nAZ=$(curl -sH "X-aws-ec2-metadata-token: $TOKEN" {ZONE})\ncat > FILE <<EOF\nin ${{AZ}}\nEOF',
         "in eu-west-1a\n"),
        ("cat > FILE <<'EOF'\nin $(hostname)\nEOF", "in $(hostname)\n"),
        ("echo 'in $(hostname)' > FILE", "in $(hostname)\n"),
        ('echo "costs \\$5" > FILE', "costs $5\n"),
        ('echo "$(date) $UNKNOWN" > FILE', "$(date) $UNKNOWN\n"),
    ],
)  # fmt: skip
def test_what_a_machine_can_ask_about_itself_is_put_in(script: str, page: str) -> None:
    facts = {"local-hostname": "ip-10-0-1-5.internal", "placement/availability-zone": "eu-west-1a"}
    (site,) = sites("#!/bin/bash\n" + script.replace("FILE", FILE), facts.items())
    assert site.files["/index.html"].data.decode() == page


def test_parts_of_a_mime_message_are_taken_together() -> None:
    message = MIMEMultipart()
    message.attach(MIMEText("#cloud-config\npackages: [httpd]\n", "cloud-config"))
    message.attach(MIMEText(f"#!/bin/bash\n{PAGE}\n", "x-shellscript"))
    assert sites(message.as_string()) == (Site.of(f"{TEXT}\n".encode()),)


@pytest.mark.parametrize("pattern", [r"\(a\+\)\+$", r"\(a*\)*b", "a*a*a*a*a*a*b", r"\(", "[", "*", r"a\{9\}"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    evil = f"#!/bin/bash\n{PAGE}\necho {'a' * 5000} > /etc/httpd/conf.d/x.conf\n"
    assert ports(evil + f"sed -i 's/{pattern}/x/' /etc/httpd/conf.d/x.conf\n") == [80]


@given(st.text())
def test_any_text_at_all_is_read_without_harm(text: str) -> None:
    for user_data in (text, "#cloud-config\n" + text):
        assert not interpret(user_data).problem.startswith("unexpected")


words = st.sampled_from(
    ["echo", "cat", "sed", "-i", "s/a/b/", ">", ">>", "|", "tee", "<<EOF", "EOF", "\n", ";", "&&", "(", ")", "'", '"',
     "$X", "X=1", "$(hostname)", "python3", "-m", "http.server", "8000", "-d", "busybox", "httpd", "-p", "cd", "/srv",
     FILE, "dd", "of=/a", "if=/dev/zero", "bs=1M", "fallocate", "-l", "1G", "cp", "/", "nginx", "install", "yum", "\\",
     "²", "9" * 5000]
)  # fmt: skip


@given(st.lists(words, max_size=30))
def test_any_words_of_the_trade_in_any_order_are_read_without_harm(script: list[str]) -> None:
    assert not interpret(" ".join(script)).problem.startswith("unexpected")
