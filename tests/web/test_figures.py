"""Every step of every calculation has its words."""

import ast
from pathlib import Path

import portal.domain
from portal.web.wording.figures import STEPS

DOMAIN = Path(portal.domain.__file__).parent


def step_codes() -> set[str]:
    """The codes that the rules and services write, read from their source."""
    files = [*DOMAIN.rglob("*.py"), *(DOMAIN.parent / "services").rglob("*.py")]
    calls = (
        node
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Step"
    )
    return {code for call in calls if call.args for code in _codes(call.args[0])}


def _codes(argument: ast.expr) -> set[str]:
    match argument:
        case ast.Constant(value=str(code)):
            return {code}
        case ast.IfExp(body=one, orelse=other):
            return _codes(one) | _codes(other)
    raise AssertionError(f"a step's code stands in line {argument.lineno} and cannot be read")


def test_every_step_of_a_calculation_has_its_words_and_no_words_are_left_over():
    assert set(STEPS) == step_codes()
