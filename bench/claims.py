"""How many claims are filed in a second, each with the photo of a receipt, and what bounds them.

Sixteen villagers at once, on either engine, file over HTTP as a phone does: the question pages, a photo, the
payee, the check. The servers have all cores but the clients'; what they and the readers of photos use of the
processor is told beside the figure.
"""

import argparse
import os
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from io import BytesIO
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from measuring.house import open_portal, sign_in
from measuring.people import fill, list_numbers, put_on_record
from measuring.postgres import run_server
from measuring.servers import CLIENT_CORES, SERVER_CORES, Running, serve_portal
from PIL import Image
from results import Measured, keep

CLIENTS = 16
PHOTO = (1200, 1600)
_TICKS = os.sysconf("SC_CLK_TCK")
_ANSWERS = {"year": "2026", "months": "12", "payee": "own"}
_LAST = "check"


@dataclass
class Villager:
    """One phone: its connection, and the cookie that it holds."""

    port: int
    cookie: str

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def file(self, photo: bytes) -> None:
        """From the first page to the number; ends the measurement when a step is refused."""
        token = self._read_token("/claims/new/reimbursement")
        step = self._post("/claims/new/reimbursement", {"csrf_token": token})
        draft, question = step.rsplit("/", 1)
        while question != _LAST:
            if question in _ANSWERS:
                step = self._post(f"{draft}/{question}", {"csrf_token": token, "answer": _ANSWERS[question]})
            else:
                self._send_photo(f"{draft}/{question}/photos", token, photo)
                step = self._read_first_question(draft)
            question = step.rsplit("/", 1)[-1]
        self._post(f"{draft}/{_LAST}", {"csrf_token": token})
        self._connection.close()

    def _read_first_question(self, draft: str) -> str:
        response = self._ask("GET", f"{draft}/{_LAST}")  # leads to what is not answered yet
        response.read()
        return urlsplit(response.headers["Location"] or _LAST).path.rsplit("/", 1)[-1]

    def _read_token(self, path: str) -> str:
        text = self._ask("GET", path).read().decode()
        found = re.search(r'name="csrf_token" value="([^"]+)', text)
        if found is None:
            raise SystemExit(f"no form at {path}")
        return found[1]

    def _post(self, path: str, fields: dict[str, str]) -> str:
        return self._act(path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _send_photo(self, path: str, token: str, photo: bytes) -> None:
        head = '--x\r\nContent-Disposition: form-data; name="'
        fields = f'{head}csrf_token"\r\n\r\n{token}\r\n{head}photo"; filename="receipt.jpg"\r\n'
        body = fields.encode() + b"Content-Type: image/jpeg\r\n\r\n" + photo + b"\r\n--x--\r\n"
        self._act(path, body, "multipart/form-data; boundary=x")

    def _act(self, path: str, body: bytes, content_type: str) -> str:
        response = self._ask("POST", path, body, {"Content-Type": content_type})
        response.read()
        if response.status not in (302, 303):
            raise SystemExit(f"{path} answers {response.status}")
        return urlsplit(response.headers["Location"]).path

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        self._connection.request(method, path, body, {"Cookie": self.cookie, **(headers or {})})
        return self._connection.getresponse()


def make_photo(seed: int) -> bytes:
    """A photo as a phone sends it once its page has shrunk it, unlike every other."""
    noise = Image.effect_noise((PHOTO[0] // 8, PHOTO[1] // 8), 40 + seed % 50)
    file = BytesIO()
    noise.resize(PHOTO).convert("RGB").save(file, "JPEG", quality=70)
    return file.getvalue()


def file_all(running: Running, cookies: Sequence[str], photos: Sequence[bytes]) -> float:
    """Let everybody file, so many at once; returns claims per second."""

    def file(cookie: str, photo: bytes) -> None:
        os.sched_setaffinity(0, CLIENT_CORES)
        Villager(running.port, cookie).file(photo)

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as phones:
        list(phones.map(file, cookies, photos))
    return len(cookies) / (time.perf_counter() - began)


def read_processor_seconds(processes: Sequence[int]) -> tuple[float, float]:
    """What the servers used so far, and what their children did that have ended."""
    own = children = 0.0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
        own += (int(fields[11]) + int(fields[12])) / _TICKS
        children += (int(fields[13]) + int(fields[14])) / _TICKS
    return own, children


def measure(folder: Path, engine: str, database_url: str, claims: int) -> dict[str, Measured]:
    """Claims per second on one engine, and the milliseconds of processor that each took."""
    house = open_portal(folder, database_url)
    for _ in fill(house, claims):
        pass
    put_on_record(house, list(islice(list_numbers(), claims)))
    cookies = sign_in(house, list(range(1, claims + 1)))
    house.database.close()
    photos = [make_photo(seed) for seed in range(claims)]
    with serve_portal(folder, DATABASE_URL=database_url) as running:
        before = read_processor_seconds(running.workers)
        pace = file_all(running, cookies, photos)
        own, children = (
            after - first
            for after, first in zip(read_processor_seconds(running.workers), before, strict=True)
        )
    busy = (own + children) * pace / claims / len(SERVER_CORES)
    print(f"  {engine}: {pace:.1f} claims a second; servers and photo readers use {busy:.0%} of their cores")
    return {
        f"claims filed with a receipt, 16 clients, {engine}": Measured(pace, "a second"),
        f"processor for a claim's pages and rows, {engine}": Measured(own / claims * 1000, "ms"),
        f"processor for reading its photo, {engine}": Measured(children / claims * 1000, "ms"),
    }


def main() -> None:
    """Measure on both engines, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--claims", type=int, default=320)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        folder = Path(scratch)
        figures = measure(folder / "file", "SQLite", "", chosen.claims)
        with run_server(folder / "postgres") as server:
            figures |= measure(folder / "server", "PostgreSQL", server.url_of("claims"), chosen.claims)
    keep("claims", figures)


if __name__ == "__main__":
    main()
