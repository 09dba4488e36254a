"""A fingerprint of what a page looks like, that scaling, re-encoding and light hardly change.

It keeps, for each of the 1,024 coarsest waves of the grey picture, on which side of the middle it lies (the
"perceptual hash" after a discrete cosine transform). So many waves are needed to tell two receipts of one
form with other figures apart, which is what most receipts of a county are to each other.
"""

from collections.abc import Sequence
from math import cos, pi
from operator import mul
from statistics import median

from PIL import Image

from portal.domain.receipts import LIKENESS_BYTES

_SIDE = 128
_WAVES = 32
_FLAT = 12  # grey levels between the darkest and lightest spot of a page with nothing on it
_COSINES = [
    [cos(pi * wave * (2 * place + 1) / (2 * _SIDE)) for place in range(_SIDE)] for wave in range(_WAVES)
]


def likeness_of(page: Image.Image) -> bytes | None:
    """Return the page's fingerprint, or None for a page too even to have one."""
    grey = page.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    spots = grey.tobytes()
    if max(spots) - min(spots) < _FLAT:
        return None
    rows = [_waves(spots[start : start + _SIDE]) for start in range(0, len(spots), _SIDE)]
    columns = [_waves(column) for column in zip(*rows, strict=True)]
    strengths = [strength for column in columns for strength in column]
    middle = median(strengths)
    bits = 0
    for strength in strengths:
        bits = bits << 1 | (strength > middle)
    return bits.to_bytes(LIKENESS_BYTES)


def _waves(line: Sequence[float]) -> list[float]:
    return [sum(map(mul, cosines, line)) for cosines in _COSINES]
