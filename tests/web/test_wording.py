import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import portal
from portal.domain.audit import list_acts
from portal.domain.errors import Refusal
from portal.web import wording


@pytest.fixture(scope="module", autouse=True)
def every_module() -> None:
    """Import the whole portal, so that every refusal and every act is known."""
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if not module.name.startswith(
            ("portal.storage.migrations", "portal.cli.__main__")
        ) and not module.name.endswith(".worker"):
            import_module(module.name)


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("portal."):
            yield each
            yield from refusals(each)


def test_every_refusal_has_a_sentence():
    """A base class is never raised itself; what has subclasses leaves the words to them."""
    silent = {
        each.code
        for each in refusals()
        if not each.__subclasses__() and each.code not in wording.REFUSALS and not shown_as_missing(each.code)
    }

    assert silent == set()


def shown_as_missing(code: str) -> bool:
    """These answer as if the page did not exist."""
    return code.startswith(("no_such_", "unknown_"))


def test_no_two_refusals_share_a_code():
    codes = [each.code for each in refusals() if not each.__subclasses__()]

    assert sorted(codes) == sorted(set(codes))


def test_every_act_on_record_has_words():
    named = {each.name for each in list_acts() if each.__module__.startswith("portal.")}

    assert named - set(wording.ACTS) == set()
