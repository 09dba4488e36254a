"""A change to one file of the knowledge base, as it is handed to whoever merges it."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class Revision:
    """The file of one entry, before (empty where it is new) and after; ``path`` is below ``kb``."""

    path: str
    before: str
    after: str

    @property
    def patch(self) -> str:
        """The change as a unified diff that ``git apply`` takes at the top of the repository."""
        return "".join(
            difflib.unified_diff(
                self.before.splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                f"a/kb/{self.path}" if self.before else "/dev/null",
                f"b/kb/{self.path}",
            )
        )
