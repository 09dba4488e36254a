"""What can go wrong with keys and sealed values. None of it is the citizen's doing."""

from collections.abc import Sequence


class CryptoError(Exception):
    """The base of all errors of this floor; no message ever holds a secret or a plaintext."""


class CannotOpen(CryptoError):
    """The value was changed, cut, sealed under another key, or belongs to another place."""


class UnknownKey(CryptoError):
    """The value was sealed under a key version that the ring does not hold (any longer)."""

    def __init__(self, purpose: str, version: int) -> None:
        super().__init__(f"no key {purpose}/{version} in the ring")
        self.purpose = purpose
        self.version = version


class KeyRingUnsound(CryptoError):
    """The key file cannot be used; ``problems`` names every fault in it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
