"""nginx with the configuration that is shipped, in front of a portal: without TLS, on a port of its own."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

SHIPPED = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
START_SECONDS = 20

_AROUND = """
user {user};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


@contextmanager
def nginx_before(portal: int, folder: Path) -> Iterator[int]:
    """Lend the port on which nginx passes requests on to a portal."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    folder.mkdir(parents=True)
    site = _adapt(SHIPPED.read_text(encoding="utf-8"), portal, port, folder)
    configuration = folder / "nginx.conf"
    configuration.write_text(_AROUND.format(user=getuser(), folder=folder, site=site), encoding="utf-8")
    process = subprocess.Popen([program, "-c", configuration, "-g", "daemon off;"], cwd=folder)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _adapt(site: str, portal: int, port: int, folder: Path) -> str:
    """The shipped text with other ports, and without what needs a certificate."""
    plain, secure = re.split(r"\nserver \{\n(?=    listen 80;)", site)[0], site[site.rindex("\nserver {") :]
    plain = plain.replace("127.0.0.1:8000", f"127.0.0.1:{portal}")
    plain = re.sub(r"    server 127\.0\.0\.1:8001.*\n", "", plain)
    secure = re.sub(r"    listen \[::\].*\n|    ssl_.*\n|    http2 on;\n", "", secure)
    secure = re.sub(r"listen 443[^;]*;", f"listen 127.0.0.1:{port};", secure)
    return plain + secure.replace("/var/log/portal-nginx", str(folder))


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
        time.sleep(0.05)
