"""What is shipped beside the program is as careful as the program, and the sheet of requirements is true."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from portal.cli import main

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
SHEET = ROOT / "docs" / "asvs.md"

FLOORS = {
    "flask": (3, 1, 3),
    "werkzeug": (3, 1, 6),
    "gunicorn": (26, 1),
    "pillow": (12, 2),
    "pillow-heif": (1, 7),
}
"""Below these, holes are known that reach us."""

KEPT_DAYS = 183

# Chapter and section of the standard, with its requirements of levels 1 and 2.
REQUIRED = """
1.1: 1-2; 1.2: 1-9; 1.3: 1-11; 1.4: 1-3; 1.5: 1-2
2.1: 1-3; 2.2: 1-3; 2.3: 1-4; 2.4: 1
3.2: 1-2; 3.3: 1-4; 3.4: 1-6; 3.5: 1-5; 3.7: 1-2
4.1: 1-3; 4.2: 1; 4.3: 1-2; 4.4: 1-4
5.1: 1; 5.2: 1-3; 5.3: 1-2; 5.4: 1-3
6.1: 1-3; 6.2: 1-12; 6.3: 1-4; 6.4: 1-4; 6.5: 1-5; 6.6: 1-3; 6.8: 1-4
7.1: 1-3; 7.2: 1-4; 7.3: 1-2; 7.4: 1-5; 7.5: 1-2; 7.6: 1-2
8.1: 1-2; 8.2: 1-3; 8.3: 1; 8.4: 1
9.1: 1-3; 9.2: 1-4
10.1: 1-2; 10.2: 1-2; 10.3: 1-4; 10.4: 1-11; 10.5: 1-5; 10.6: 1-2; 10.7: 1-3
11.1: 1-2; 11.2: 1-3; 11.3: 1-3; 11.4: 1-4; 11.5: 1; 11.6: 1
12.1: 1-3; 12.2: 1-2; 12.3: 1-4
13.1: 1; 13.2: 1-5; 13.3: 1-2; 13.4: 1-5
14.1: 1-2; 14.2: 1-4; 14.3: 1-3
15.1: 1-3; 15.2: 1-3; 15.3: 1-7
16.1: 1; 16.2: 1-5; 16.3: 1-4; 16.4: 1-3; 16.5: 1-3
17.1: 1; 17.2: 1-4; 17.3: 1-2
"""
OF_LEVEL_1, OF_BOTH = 70, 253


def shipped(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def rows_of_the_sheet() -> list[list[str]]:
    lines = SHEET.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| ") and line[2].isdigit()
    ]


def required() -> list[str]:
    sections = re.findall(r"(\d+\.\d+): (\d+)(?:-(\d+))?", REQUIRED)
    return [
        f"{section}.{n}"
        for section, first, last in sections
        for n in range(int(first), int(last or first) + 1)
    ]


def test_every_requirement_has_a_row_with_a_test_or_a_reason():
    rows = rows_of_the_sheet()

    assert [row[0] for row in rows] == required()
    assert len(rows) == OF_BOTH
    assert sum(row[1] == "1" for row in rows) == OF_LEVEL_1
    assert [row[0] for row in rows if len(row) != 4 or not row[2] or not row[3]] == []


def test_every_test_that_the_sheet_names_exists():
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", SHEET.read_text(encoding="utf-8"))

    missing = [f"{path}::{name}" for path, name in set(named) if name not in find_tests(ROOT / path)]

    assert missing == []
    assert len(set(named)) > 80


def find_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("page", ["asvs.md", "security.md"])
def test_every_page_that_the_papers_lead_to_exists(page: str):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")

    assert [
        each for each in re.findall(r"\]\(([\w./-]+)\)", text) if not (ROOT / "docs" / each).exists()
    ] == []


def test_no_library_is_older_than_its_floor():
    installed = {name: tuple(map(int, re.findall(r"\d+", version(name))[:3])) for name in FLOORS}

    assert {name: installed[name] for name, floor in FLOORS.items() if installed[name] < floor} == {}
    assert tuple(map(int, version("gunicorn").split(".")[:2])) >= (26, 1)


@pytest.mark.parametrize("name", ["run.txt", "objects.txt", "build.txt", "test.txt"])
def test_every_library_is_locked_with_hashes(name: str):
    pinned = re.split(r"\n(?=\S)", shipped(f"lock/{name}"))
    libraries = [each for each in pinned if each and not each.startswith("#")]

    assert libraries
    assert [each for each in libraries if "==" not in each or "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("log", ["/var/log/portal/portal.log", "/var/log/portal-nginx/portal.log"])
def test_logs_are_kept_for_half_a_year(log: str):
    rules = re.findall(r"^(/\S+) \{\n(.*?)^\}", shipped("logrotate.conf"), re.MULTILINE | re.DOTALL)
    words = dict(rules)[log].split()
    every = {"daily": 1, "weekly": 7, "monthly": 28}
    days = next(count for word, count in every.items() if word in words)

    assert days * int(words[words.index("rotate") + 1]) >= KEPT_DAYS
    assert not {"maxage", "maxsize", "size"} & set(words)


def test_logs_are_written_where_they_are_rotated():
    assert "access_log /var/log/portal-nginx/portal.log portal;" in shipped("nginx.conf")
    for unit in ("portal@.service", "portal-work.service"):
        assert "append:/var/log/portal/portal.log" in shipped(unit)


def test_the_sample_of_settings_names_only_what_the_table_of_settings_explains():
    table = re.findall(r"^\| (`.+?) \|", shipped("README.md"), re.MULTILINE)
    explained = {name for row in table for name in re.findall(r"`(\w+)`", row)}
    sample = set(re.findall(r"^#?([A-Z_]+)=", shipped("portal.env"), re.MULTILINE))

    assert sample - explained == set()
    assert {"PORTAL_SMS_URL", "PORTAL_SMS_ACCOUNT", "PORTAL_SMS_KEY"} <= sample
    assert re.findall(r"^\w+=.*[\"'\\].*$", shipped("portal.env"), re.MULTILINE) == []


def test_nginx_speaks_only_tls_that_is_sound():
    protocols = re.findall(r"ssl_protocols ([^;]+);", shipped("nginx.conf"))

    assert protocols
    assert {each for line in protocols for each in line.split()} <= {"TLSv1.2", "TLSv1.3"}


def test_nginx_leads_everybody_to_tls():
    plain = re.search(r"server \{\n    listen 80;.*?\n\}", shipped("nginx.conf"), re.DOTALL)

    assert plain is not None
    assert "return 301 https://$server_name" in plain[0]
    assert "proxy_pass" not in plain[0]
    assert "Strict-Transport-Security" in shipped("nginx.conf")


def test_nginx_leads_no_program_to_tls_that_forgot_it():
    plain = re.search(r"server \{\n    listen 80;.*?\n\}", shipped("nginx.conf"), re.DOTALL)

    assert plain is not None
    assert re.search(r"location /api/ \{\n +return 403;", plain[0])


def test_nginx_speaks_for_no_other_host():
    other = re.search(r"server \{\n[^}]*default_server.*?\n\}", shipped("nginx.conf"), re.DOTALL)

    assert other is not None
    assert "ssl_reject_handshake on;" in other[0]
    assert "return 421;" in other[0]
    assert "proxy_pass" not in other[0]
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in other[0]  # before a host is known, this one's word counts


def test_nginx_writes_down_no_code_of_a_statement():
    servers = shipped("nginx.conf").split("\nserver {\n")[1:]

    assert all("access_log /var/log/portal-nginx/portal.log portal;" in each for each in servers)
    assert "~*^/verify/ /verify/-;" in shipped("nginx.conf")
    assert re.findall(r"\$(?:request|request_uri|uri|args|http_referer)\b", _log_format()) == []


def _log_format() -> str:
    found = re.search(r"log_format portal (.*?);", shipped("nginx.conf"), re.DOTALL)
    assert found is not None
    return found[1]


def test_nginx_overwrites_what_clients_say_of_themselves():
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in shipped("nginx.conf")
    assert "proxy_add_x_forwarded_for" not in shipped("nginx.conf")


@pytest.mark.parametrize(
    "unit", ["portal@.service", "portal-work.service", "portal-backup.service", "portal-check.service"]
)
def test_services_run_without_rights_they_do_not_need(unit: str):
    lines = set(shipped(unit).splitlines())

    assert {
        "User=portal",
        "UMask=0077",
        "ProtectSystem=strict",
        "ProtectHome=true",
        "PrivateTmp=true",
        "NoNewPrivileges=true",
        "CapabilityBoundingSet=",
    } <= lines


def list_paths(command: click.Command, path: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(command, click.Group):
        return [" ".join(path)]
    context = click.Context(command)
    return [
        each
        for name in command.list_commands(context)
        for each in list_paths(command.get_command(context, name), (*path, name))
    ]


def test_every_command_stands_in_the_operators_pages():
    pages = [ROOT / "docs" / "operate.md", ROOT / "deploy" / "README.md"]
    told = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    paths = list_paths(main)

    assert [each for each in paths if not re.search(rf"(^|`)(portal(-as)? )?{each}\b", told, re.M)] == []
    assert "key rotate drop" in paths
