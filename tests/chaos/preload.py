"""Libraries that stand between a server and the system, compiled when they are needed."""

import subprocess
from functools import cache
from pathlib import Path

from tests.builders import KB

_BUILT = KB.parent / "build" / "chaos"


@cache
def build_library(name: str) -> Path:
    """The library made of ``<name>.c`` beside this file; for ``LD_PRELOAD``."""
    source = Path(__file__).with_name(f"{name}.c")
    _BUILT.mkdir(parents=True, exist_ok=True)
    built = _BUILT / f"{name}.so"
    aside = built.with_suffix(f".{id(source):x}.part")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", aside, source, "-ldl"], check=True
    )
    aside.rename(built)
    return built
