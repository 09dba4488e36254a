"""Builds the assistant's index for a wheel, so that no installation builds it at its first start.

python deploy/build_index.py FOLDER
"""

import shutil
import sys
from pathlib import Path

from portal.config import find_data
from portal.content.knowledge import fingerprint
from portal.content.matcher import Matcher


def main(folder: Path) -> None:
    """Leave in the folder the index of the knowledge base as it stands, and nothing else."""
    kb = find_data("kb")
    built = Path("build", "index")
    Matcher.load(kb, built)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(built / fingerprint(kb), folder / fingerprint(kb))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
