"""Looks at a portal that was just started from the wheel: has everything that it shows travelled in it?"""

import re
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 120


def look(address: str, process: int) -> None:
    """Open one page for each thing that the wheel carries."""
    home = open_page(f"{address}/", process)
    expect('lang="zh-Hans"' in home, "the first page speaks Chinese (templates)")
    heading = re.search(r"<h1.*?</h1>", open_page(f"{address}/", process, language="en"), re.DOTALL)
    expect(heading and not re.search("[一-鿿]", heading[0]), "the first page speaks English (translations)")
    clause = re.sub(r"<[^>]*>", "", open_page(f"{address}/policy/jinning-2020/5.4.2", process))
    expect("每年1000元" in clause, "a clause stands at its own address (kb)")
    expect("--ink" in open_page(f"{address}/static/style.css", process), "the sheet is there (static files)")


def open_page(url: str, process: int, language: str = "zh-CN") -> str:
    """The text at an address, waiting for the server to come up as long as it lives."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(
                Request(url, headers={"Accept-Language": language}), timeout=PATIENCE_SECONDS
            ) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            sys.exit(f"{url} answers {error.code}")
        except OSError:
            if time.monotonic() > until:
                raise
        if not Path(f"/proc/{process}").exists():
            sys.exit("The server ended before it served a page.")
        time.sleep(0.2)


def expect(holds: object, what: str) -> None:
    """Say that it holds, or end."""
    if not holds:
        sys.exit(f"not so: {what}")
    print(f"so it is: {what}")


if __name__ == "__main__":
    look(sys.argv[1], int(sys.argv[2]))
