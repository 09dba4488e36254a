import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.papers.corpus import READ, specimens

SPECIMENS = list(specimens())
OF_A_SORT = ("damaged", "pdf_actions")
"""Kinds of files that differ in little: of these a part is read at each change, and all in the long form."""
pytestmark = pytest.mark.chaos

REFUSALS = {
    "receipt_empty",
    "receipt_is_ofd",
    "receipt_kind_not_taken",
    "receipt_locked",
    "receipt_not_an_image",
    "receipt_too_heavy",
    "receipt_too_large",
    "receipt_too_many_pages",
    "receipt_too_many_pixels",
    "receipt_unreadable",
}
HALF_A_GIGABYTE = 512 * 1024 * 1024


@pytest.fixture(scope="module")
def sent(pytestconfig):
    """The files that are read."""
    if pytestconfig.getoption("long"):
        return SPECIMENS
    alike = [each for each in SPECIMENS if each.name.startswith(OF_A_SORT)]
    return [each for each in SPECIMENS if each not in alike] + alike[::4]


@pytest.fixture(scope="module")
def reading(tmp_path_factory, sent):
    """What came of reading every one of them, in a process of its own."""
    folder = tmp_path_factory.mktemp("corpus")
    for number, specimen in enumerate(sent):
        (folder / f"{number:04}").write_bytes(specimen.make())
    command = [sys.executable, "-m", "tests.papers.read_corpus", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def results(reading, sent):
    return {specimen.name: reading["results"][f"{number:04}"] for number, specimen in enumerate(sent)}


def test_the_corpus_is_large_and_was_read_whole(results, sent):
    assert len({each.name for each in SPECIMENS}) == len(SPECIMENS) >= 300
    assert len(results) == len(sent) >= 200


def test_every_file_is_refused_by_name_or_made_harmless(results):
    assert {result["outcome"] for result in results.values()} <= REFUSALS | {READ}
    assert {name: result["harm"] for name, result in results.items() if result["harm"]} == {}


def test_every_file_comes_to_an_end_that_is_right_for_it(results, sent):
    wrong = {
        specimen.name: results[specimen.name]["outcome"]
        for specimen in sent
        if specimen.outcomes and results[specimen.name]["outcome"] not in specimen.outcomes
    }

    assert wrong == {}


def test_no_child_takes_more_than_half_a_gigabyte(reading):
    assert reading["largest_child_bytes"] <= HALF_A_GIGABYTE


def test_no_child_is_left_over(reading):
    assert reading["children_left"] == []


def test_the_corpus_meets_every_refusal_and_many_honest_pictures(results):
    seen = Counter(result["outcome"] for result in results.values())

    assert set(seen) >= REFUSALS
    assert seen[READ] > 60
