"""Tries the steps of Containerfile where there is no engine for containers.

Each step runs as it stands, on a throw-away copy of this machine's files in the place of the base image;
the server is then started as the container would start it, and asked whether it is well. Needs root and
overlayfs. What only an engine does, such as fetching the base image, is not tried.
"""

# ruff: noqa: S603, S607  what is started is named here, and is this machine's own

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
PATIENCE_SECONDS = 180
SETTINGS = {
    "PORTAL_URL": "https://portal.example.gov.cn",
    "PORTAL_PROXIES": "1",
    "PORTAL_SMS_URL": "https://texts.example.gov.cn/send",
    "PORTAL_SMS_ACCOUNT": "portal",
    "PORTAL_SMS_KEY": "nobody's key, of 16 bytes and more",
}


def read_steps(text: str) -> list[tuple[str, str]]:
    """Every instruction with what follows it, over the ends of lines."""
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word.isupper()]


def copy_machine(room: Path) -> Path:
    """This machine's files, to write into without changing them."""
    merged = room / "merged"
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", room], check=True)
    for name in ("upper", "work", "merged"):
        (room / name).mkdir()
    layers = f"lowerdir=/,upperdir={room}/upper,workdir={room}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, merged], check=True)
    for name in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{name}", merged / name], check=True)
    python = Path(sys.base_prefix)
    for folder in (python, *python.parents):  # in the base image everybody may run it
        (merged / folder.relative_to("/")).chmod(0o755)
    return merged


class Container:
    """What the steps so far have come to."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = "/"
        self._user = "0:0"
        self._environment = {"PATH": os.environ["PATH"], "HOME": "/root"}
        self.check: list[str] = []
        self.command: list[str] = []

    def do(self, word: str, rest: str) -> None:
        """One instruction."""
        if word == "FROM":
            self._folder, self._user = "/", "0:0"
        elif word == "WORKDIR":
            self._folder = rest
            (self._root / rest[1:]).mkdir(parents=True, exist_ok=True)
        elif word == "COPY" and not rest.startswith("--from"):  # what an earlier stage made is there already
            tracked = subprocess.run(
                ["git", "archive", "HEAD"], cwd=HERE.parent, check=True, capture_output=True
            )
            target = self._root / self._folder[1:]
            subprocess.run(["tar", "-x", "-C", target], input=tracked.stdout, check=True)
        elif word == "RUN":
            subprocess.run(self._inside(["sh", "-c", rest]), check=True, env=self._environment)
        elif word == "USER":
            self._user = rest
        elif word == "ENV":
            for name, value in (each.split("=", 1) for each in shlex.split(rest)):
                self._environment[name] = value.replace("$PATH", self._environment["PATH"])
        elif word in ("HEALTHCHECK", "CMD"):
            words = json.loads(rest[rest.index("[") :])
            if word == "CMD":
                self.command = words
            else:
                self.check = words

    def make_keys(self) -> None:
        """A key ring, which an operator would mount."""
        subprocess.run(self._inside(["portal", "key", "new"]), check=True, env=self._environment)

    def start(self) -> subprocess.Popen[bytes]:
        """What the container does."""
        return subprocess.Popen(self._inside(self.command), env={**self._environment, **SETTINGS})

    def is_well(self) -> bool:
        """What the health check says."""
        asked = subprocess.run(
            self._inside(self.check), env=self._environment, capture_output=True, check=False
        )
        return asked.returncode == 0

    def _inside(self, command: list[str]) -> list[str]:
        there = ["sh", "-c", 'cd "$0" && exec "$@"', self._folder, *command]
        return ["chroot", f"--userspec={self._user}", str(self._root), *there]


def main() -> int:
    """Do every step, start the server, and ask it."""
    if "--apart" not in sys.argv:
        return subprocess.call(["unshare", "--mount", "--pid", "--fork", sys.executable, __file__, "--apart"])
    with TemporaryDirectory(prefix="container-") as room:
        container = Container(copy_machine(Path(room)))
        for word, rest in read_steps((HERE / "Containerfile").read_text(encoding="utf-8")):
            print(word, rest[:100], flush=True)
            container.do(word, rest)
        container.make_keys()
        server = container.start()
        patience = time.monotonic() + PATIENCE_SECONDS
        while not (well := container.is_well()) and server.poll() is None and time.monotonic() < patience:
            time.sleep(0.5)
        server.terminate()
        status = server.wait(30)
        subprocess.run(["umount", "--recursive", "--lazy", room], check=True)
    if not well or status:
        print("What the steps made does not serve.", file=sys.stderr)
        return 1
    print("What the steps made serves, says that it is well, and stops.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
