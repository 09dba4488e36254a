"""Lists the functions, methods and classes that nobody calls, and ends with 1 when there are any."""

import re
import sys
from keyword import iskeyword
from pathlib import Path

from vulture import Vulture

KINDS = {"function", "method", "property", "class", "import"}

# Flask and click call what these announce.
ANNOUNCED_BY = ["@pages.*", "@*.command", "@*.group", "@event.listens_for", "@app.*"]

# Called by name from outside: what a library asks its subclasses for.
CALLED_BY_LIBRARIES = {
    "click": ("list_commands", "get_command", "format_commands"),
    "flask": ("ensure_sync", "open_session", "save_session"),
    "gunicorn": ("load_config",),
    "python": ("__init_subclass__",),
    "sqlalchemy": ("process_bind_param", "process_result_value"),
    "werkzeug": ("to_python",),
    "wtforms": ("get_translations", "wrap_formdata"),
}
# WTForms calls ``validate_<field>``; SQLAlchemy finds tables by their classes.
CALLED_BY_NAME = re.compile(r"validate_[a-z_]+|[A-Z]\w+Record")
# What tests compare with what stands; nothing else has reason to ask.
ASKED_BY_TESTS = {"list_append_only_triggers"}


def list_unused() -> list[str]:
    """One line for each, in the order of files and lines."""
    code = Vulture(ignore_decorators=ANNOUNCED_BY)
    code.scavenge(["portal", "wsgi.py", "bench"])
    names = {name for called in CALLED_BY_LIBRARIES.values() for name in called} | names_in_templates()
    code.scan("\n".join(sorted(names)))
    return [
        item.get_report()
        for item in code.get_unused_code(min_confidence=60)
        if item.typ in KINDS
        and item.filename.is_relative_to(Path("portal").absolute())
        and not CALLED_BY_NAME.fullmatch(item.name)
        and item.name not in ASKED_BY_TESTS
    ]


def names_in_templates() -> set[str]:
    """Every word that a template speaks to Python with."""
    spoken = (
        "".join(re.findall(r"\{[{%].*?[%}]\}", template.read_text(encoding="utf-8"), re.DOTALL))
        for template in Path("templates").rglob("*.html")
    )
    return {word for text in spoken for word in re.findall(r"\b[a-z_]\w*\b", text) if not iskeyword(word)}


if __name__ == "__main__":
    unused = list_unused()
    print("\n".join(unused))
    sys.exit(bool(unused))
