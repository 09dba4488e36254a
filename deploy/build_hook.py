"""Puts what stands beside the package in the checkout inside it in the wheel, translations compiled."""

from pathlib import Path
from typing import Any

from babel.messages.frontend import CompileCatalog
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What `make wheel` builds before; a wheel without it builds the index at its first start.
_INDEX = "build/wheel/index"


class CarryData(BuildHookInterface[Any]):
    """Lays ``kb``, ``templates`` and ``translations`` where ``portal.config.find_data`` looks first."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the files of the wheel are gathered; an editable install reads the checkout itself."""
        if version == "editable":
            return
        self._compile_translations()
        for folder in ("kb", "templates", "translations"):
            build_data["force_include"][folder] = f"portal/_data/{folder}"
        if (Path(self.root) / _INDEX).is_dir():
            build_data["force_include"][_INDEX] = "portal/_data/index"

    def _compile_translations(self) -> None:
        catalogues = CompileCatalog()
        catalogues.directory = f"{self.root}/translations"
        catalogues.finalize_options()
        if catalogues.run() != 0:
            raise ValueError("a translation does not fit its source sentence; see above")
