"""What words mean: a vector for each gram of a folded text, so that words never written in an entry count.

The table in ``kb/meaning`` was distilled from a sentence encoder (`portal.content.distilling`). While
serving there is no encoder: the vector of a text is the weighted sum of the vectors of its grams.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
GRAMS = "grams.txt"
VECTORS = "vectors.npy"


class Meaning:
    """The vectors of characters and pairs of characters."""

    def __init__(self, grams: Sequence[str], vectors: npt.NDArray[np.int8]) -> None:
        if len(grams) != len(vectors):
            raise ValueError(f"{len(grams)} grams cannot have {len(vectors)} vectors")
        self._places = {gram: place for place, gram in enumerate(grams)}
        self._vectors = vectors

    @classmethod
    def load(cls, kb: Path) -> "Meaning":
        """Read the table under a ``kb`` folder; without one no gram has a meaning.

        The vectors are mapped, so that the workers of a machine share them.
        """
        if not (kb / "meaning" / GRAMS).exists():
            return cls([], np.zeros((0, 1), np.int8))
        grams = (kb / "meaning" / GRAMS).read_text(encoding="utf-8").splitlines()
        return cls(grams, np.load(kb / "meaning" / VECTORS, mmap_mode="r"))

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return int(self._vectors.shape[1])

    def read(self, folded: str) -> Floats:
        """The vector of a folded text, of unit length; all zeros when no gram of it is known."""
        places, weights = weigh_grams(folded, self._places)
        vector: Floats = weights @ self._vectors[places].astype(np.float32)
        length = np.sqrt(vector @ vector)
        return vector / length if length else vector

    def read_all(self, texts: Sequence[str]) -> Floats:
        """One row for each text."""
        return np.array([self.read(text) for text in texts], np.float32).reshape(len(texts), self.width)


def cut_grams(folded: str) -> Iterator[str]:
    """The characters and neighbouring pairs of a folded text, phrase by phrase."""
    for phrase in folded.split():
        yield from phrase
        yield from (phrase[at : at + 2] for at in range(len(phrase) - 1))


def weigh_grams(folded: str, places: dict[str, int]) -> tuple[npt.NDArray[np.int32], Floats]:
    """The places of a text's known grams, with weights of unit length: a repeated gram adds little."""
    counts = Counter(places[gram] for gram in cut_grams(folded) if gram in places)
    found = np.fromiter(counts, np.int32, len(counts))
    weights = np.array([1 + log(times) for times in counts.values()], np.float32)
    length = np.sqrt(weights @ weights)
    return found, weights / length if length else weights
