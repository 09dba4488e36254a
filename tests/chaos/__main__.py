"""``python -m tests.chaos``: the long forms, in a process of their own that outlives whoever looks on.

Begun while it runs, it looks on again; begun after it was broken off or failed, it goes on with the round
that was not done; begun after all held, it begins anew. What it says goes to ``build/chaos/log``, each
program's figures to ``build/chaos/<program>.json``. With ``--short``, the short forms, here and now.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path("build/chaos")
PROGRAMS = [sys.executable, "-m", "pytest", "-m", "chaos", "tests"]
TABLE = f"{sys.executable} -m tests.chaos.figures"


def main() -> int:
    """Run the programs; returns the exit status."""
    if "--short" in sys.argv:
        return subprocess.run(PROGRAMS, check=False).returncode
    FOLDER.mkdir(parents=True, exist_ok=True)
    log, status = FOLDER / "log", FOLDER / "status"
    runner = find_runner()
    if runner is None:
        forget_what_held(status)
        runner = begin(log, status)
    print(f"Running as process {runner}; it goes on when this ends. Its words: {log}", flush=True)
    look_on(runner, log)
    return int(status.read_text()) if status.exists() else 1


def forget_what_held(status: Path) -> None:
    """Take the figures of a run away that came to its end and found nothing wrong."""
    if status.exists() and int(status.read_text()) == 0:
        for figures in FOLDER.glob("*.json"):
            figures.unlink()
    status.unlink(missing_ok=True)


def begin(log: Path, status: Path) -> int:
    """Start the long forms in a session of their own."""
    command = f"{' '.join(PROGRAMS)} --long -v -p no:cacheprovider; echo $? >{status}"
    with log.open("ab") as words:
        process = subprocess.Popen(
            ["sh", "-c", command],
            stdout=words,
            stderr=words,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    (FOLDER / "runner").write_text(str(process.pid))
    return process.pid


def find_runner() -> int | None:
    """The process of a run that has not ended."""
    noted = FOLDER / "runner"
    if not noted.exists():
        return None
    process = int(noted.read_text())
    return process if is_running(process) else None


def is_running(process: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def look_on(runner: int, log: Path) -> None:
    """Show what a run says from now on, until it ends."""
    with log.open() as words:
        words.seek(0, os.SEEK_END)
        while is_running(runner):
            print(words.read(), end="", flush=True)
            time.sleep(0.5)
        print(words.read(), end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
