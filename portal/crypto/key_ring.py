"""The ring of secrets: separate ones for separate uses, each in versions.

One version of a purpose is in use: it seals and signs. Every version in the ring opens and
verifies. Everything made here begins with two bytes that tell the version, so that a rotation can
find what is left to do and a value outlives the change of key.

A key is changed without a moment in which anything cannot be read, on any number of hosts:

1. ``with_next_key``: the next key is known everywhere, after a restart, and nothing uses it yet;
2. ``with_next_key_in_use``: after another restart it seals, and whoever has not restarted can open;
3. the values are rewritten, in any number of steps, until each begins with ``prefix_in_use``;
4. ``without_old_keys``.

Look-ups by blind index ask for all of ``blind_indexes`` and so find every row all the while.
"""

import base64
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from portal.crypto.errors import KeyRingUnsound, UnknownKey
from portal.crypto.suites import MAC_BYTES, SECRET_BYTES, Key, Suite, make_key, new_secret

_FORMAT = 1
_VERSION_BYTES = 2
_LAST_VERSION = 2 ** (8 * _VERSION_BYTES) - 1
_INDEX_BYTES = 16
# 32 random bytes hold about 30 different ones; a pass phrase, a pattern or zeros hold far fewer.
_LEAST_DIFFERENT_BYTES = 16


class Purpose(StrEnum):
    """What a secret may be used for. A leak of one opens nothing of the others."""

    FIELD = "field"
    """Seals single columns: citizen numbers, phones, cards."""
    INDEX = "index"
    """Blind indexes, by which a sealed column is searched."""
    RECEIPT = "receipt"
    """Wraps the data key of each receipt."""
    CHAIN = "chain"
    """Signs the heads of the ledger's and the audit log's hash chains."""
    TOKEN = "token"  # noqa: S105  the name of a purpose, not a secret
    """Hashes session tokens, one-time codes and paper codes."""
    WEB = "web"
    """Signs the form tokens and flashed messages of the web framework."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One secret as the key file holds it; ``is_next`` marks one that only opens as yet."""

    purpose: Purpose
    version: int
    suite: Suite
    secret: bytes = field(repr=False)
    is_next: bool = False


class DataKey:
    """The key of one receipt; it exists in the clear only while that receipt is written or read."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def seal(self, content: bytes) -> bytes:
        """Return the sealed content, 28 bytes longer."""
        return self._key.seal(content, b"")

    def open_sealed(self, sealed: bytes) -> bytes:
        """Return the content, or raise ``CannotOpen``."""
        return self._key.open_sealed(sealed, b"")


class KeyRing:
    """All secrets of an installation. Immutable: a rotation makes a new ring."""

    def __init__(self, stored: Iterable[StoredKey]) -> None:
        """Raise ``KeyRingUnsound`` when a purpose has no key or a secret is weak or used twice."""
        self._stored = tuple(sorted(stored, key=lambda key: (key.purpose, key.version)))
        problems = list(_check_keys(self._stored))
        if problems:
            raise KeyRingUnsound(problems)
        self._keys = {(key.purpose, key.version): make_key(key.suite, key.secret) for key in self._stored}
        self._in_use = {key.purpose: key for key in self._stored if not key.is_next}
        self._versions = {purpose: tuple(self._in_use_first(purpose)) for purpose in Purpose}

    # Making, keeping and changing keys

    @classmethod
    def generate(cls, suite: Suite = Suite.AES) -> Self:
        """Return a ring of fresh random secrets, one for each purpose."""
        return cls(StoredKey(purpose, 1, suite, new_secret()) for purpose in Purpose)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a key file; raise ``KeyRingUnsound`` with every fault in it."""
        return cls(_read_keys(text))

    def to_json(self) -> str:
        """Return the key file. It holds all secrets in the clear: it belongs in the safe."""
        keys = [
            {
                "purpose": key.purpose.value,
                "version": key.version,
                "suite": key.suite.value,
                "secret": base64.b64encode(key.secret).decode(),
                "is_next": key.is_next,
            }
            for key in self._stored
        ]
        return json.dumps({"format": _FORMAT, "keys": keys}, indent=2) + "\n"

    def with_next_key(self, purpose: Purpose, suite: Suite) -> "KeyRing":
        """Return a ring that also holds a fresh key for ``purpose``, which opens and does not seal yet.

        Raises ``KeyRingUnsound`` when a next key is already waiting.
        """
        version = self._in_use[purpose].version + 1
        return KeyRing([*self._stored, StoredKey(purpose, version, suite, new_secret(), is_next=True)])

    def with_next_key_in_use(self, purpose: Purpose) -> "KeyRing":
        """Return a ring in which the next key for ``purpose`` seals; the old ones still open."""
        return KeyRing(
            replace(key, is_next=key.is_next and key.purpose is not purpose) for key in self._stored
        )

    def without_old_keys(self, purpose: Purpose) -> "KeyRing":
        """Return a ring without the keys before the one in use; what they sealed is lost for good."""
        oldest = self._in_use[purpose].version
        return KeyRing(key for key in self._stored if key.purpose is not purpose or key.version >= oldest)

    def has_next_key(self, purpose: Purpose) -> bool:
        """Say whether a key waits to be put to use."""
        return any(key.is_next and key.purpose is purpose for key in self._stored)

    def has_old_keys(self, purpose: Purpose) -> bool:
        """Say whether the ring holds keys before the one in use."""
        in_use = self._in_use[purpose].version
        return any(key.purpose is purpose and key.version < in_use for key in self._stored)

    def prefix_in_use(self, purpose: Purpose) -> bytes:
        """Return the two bytes with which everything begins that the key in use makes."""
        return _version_prefix(self._in_use[purpose].version)

    # Single fields

    def seal(self, plaintext: str, context: str) -> bytes:
        """Seal one field; ``context`` says where it belongs, such as column and row.

        A value copied to another place does not open there.
        """
        return self._seal(Purpose.FIELD, plaintext.encode(), context)

    def open_sealed(self, sealed: bytes, context: str) -> str:
        """Return a sealed field's text.

        Raises ``CannotOpen`` when it was changed or stands in the wrong place, ``UnknownKey`` when
        its key has left the ring.
        """
        return self._open(Purpose.FIELD, sealed, context).decode()

    def blind_index(self, column: str, value: str) -> bytes:
        """Return the 18 bytes under which ``value`` is filed; equal values of a column, equal bytes."""
        prefix, key = self._versions[Purpose.INDEX][0]
        return prefix + key.mac(_keyed(column, value))[:_INDEX_BYTES]

    def blind_indexes(self, column: str, value: str) -> tuple[bytes, ...]:
        """Return what ``value`` may be filed under by any key of the ring, the one in use first."""
        return self._keyed_hashes(Purpose.INDEX, column, value, _INDEX_BYTES)

    # Tokens and codes

    def token_hash(self, kind: str, token: str) -> bytes:
        """Return what is stored of a secret that a person holds.

        Keyed, because a six-digit code has a hash that anyone could look up. Put what the code
        belongs to into ``kind``, such as ``"sms-code 4711"``, so that a row cannot be exchanged.
        """
        return self.token_hashes(kind, token)[0]

    def token_hashes(self, kind: str, token: str) -> tuple[bytes, ...]:
        """Return what may be stored of a token by any key of the ring, the one in use first."""
        return self._keyed_hashes(Purpose.TOKEN, kind, token, MAC_BYTES)

    def web_secrets(self) -> tuple[str, ...]:
        """Return the web framework's signing secrets; the first one signs, the others only verify."""
        return tuple(key.mac(b"signing secret").hex() for _, key in self._versions[Purpose.WEB])

    # Heads of hash chains

    def mac(self, data: bytes) -> bytes:
        """Return the 34-byte keyed hash of a chain's head."""
        prefix, key = self._versions[Purpose.CHAIN][0]
        return prefix + key.mac(data)

    def is_mac_of(self, mac: bytes, data: bytes) -> bool:
        """Say whether ``mac`` was made of ``data`` by a key of the ring.

        A key that has left the ring vouches for nothing: heads are signed anew before it goes.
        """
        key = self._keys.get((Purpose.CHAIN, int.from_bytes(mac[:_VERSION_BYTES])))
        return key is not None and hmac.compare_digest(key.mac(data), mac[_VERSION_BYTES:])

    # Receipts

    def new_data_key(self, context: str) -> tuple[bytes, DataKey]:
        """Return a fresh key for one receipt: wrapped, to be stored beside it, and ready for use.

        The wrapping remembers the suite, so a receipt need not be rewritten when the suite changes.
        """
        suite, secret = self._in_use[Purpose.RECEIPT].suite, new_secret()
        content = suite.encode() + secret
        return self._seal(Purpose.RECEIPT, content, context), DataKey(make_key(suite, secret))

    def open_data_key(self, wrapped: bytes, context: str) -> DataKey:
        """Return a stored receipt's key, ready for use; raises as ``open_sealed`` does."""
        content = self._open(Purpose.RECEIPT, wrapped, context)
        return DataKey(make_key(Suite(content[:-SECRET_BYTES].decode()), content[-SECRET_BYTES:]))

    def wrap_again(self, wrapped: bytes, context: str) -> bytes:
        """Return the same data key under the wrapping key in use; the receipt itself stays as it is."""
        return self._seal(Purpose.RECEIPT, self._open(Purpose.RECEIPT, wrapped, context), context)

    # How a version travels with a value

    def _seal(self, purpose: Purpose, plaintext: bytes, context: str) -> bytes:
        prefix, key = self._versions[purpose][0]
        return prefix + key.seal(plaintext, prefix + context.encode())

    def _open(self, purpose: Purpose, sealed: bytes, context: str) -> bytes:
        prefix = sealed[:_VERSION_BYTES]
        key = self._key(purpose, int.from_bytes(prefix))
        return key.open_sealed(sealed[_VERSION_BYTES:], prefix + context.encode())

    def _keyed_hashes(self, purpose: Purpose, kind: str, value: str, length: int) -> tuple[bytes, ...]:
        data = _keyed(kind, value)
        return tuple(prefix + key.mac(data)[:length] for prefix, key in self._versions[purpose])

    def _in_use_first(self, purpose: Purpose) -> Iterator[tuple[bytes, Key]]:
        """Each version's prefix and key."""
        in_use = self._in_use[purpose].version
        yield _version_prefix(in_use), self._keys[purpose, in_use]
        for key in reversed(self._stored):
            if key.purpose is purpose and key.version != in_use:
                yield _version_prefix(key.version), self._keys[purpose, key.version]

    def _key(self, purpose: Purpose, version: int) -> Key:
        try:
            return self._keys[purpose, version]
        except KeyError:
            raise UnknownKey(purpose, version) from None


def _keyed(kind: str, value: str) -> bytes:
    return kind.encode() + b"\0" + value.encode()


def _version_prefix(version: int) -> bytes:
    return version.to_bytes(_VERSION_BYTES)


def _check_keys(keys: Sequence[StoredKey]) -> Iterator[str]:
    for purpose in Purpose:
        versions = [key for key in keys if key.purpose is purpose]
        if not any(not key.is_next for key in versions):
            yield f"no key for {purpose}"
        if any(key.is_next for key in versions[:-1]):
            yield f"{purpose}: only the last version can be the next one"
    for key in keys:
        if not 1 <= key.version <= _LAST_VERSION:
            yield f"{key.purpose}/{key.version}: versions go from 1 to {_LAST_VERSION}"
        if len(key.secret) != SECRET_BYTES:
            yield f"{key.purpose}/{key.version}: a secret has {SECRET_BYTES} bytes, not {len(key.secret)}"
        elif len(set(key.secret)) < _LEAST_DIFFERENT_BYTES:
            yield f"{key.purpose}/{key.version}: the secret is not random"
    for name, count in Counter((key.purpose, key.version) for key in keys).items():
        if count > 1:
            yield f"{name[0]}/{name[1]}: stands {count} times"
    if len({key.secret for key in keys}) < len(keys):
        yield "one secret is used twice"


def _read_keys(text: str) -> list[StoredKey]:
    try:
        content = json.loads(text)
    except ValueError:
        raise KeyRingUnsound(["the key file is no JSON"]) from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise KeyRingUnsound([f"the key file is not of format {_FORMAT}"])
    entries = content.get("keys")
    if not isinstance(entries, list):
        raise KeyRingUnsound(["the key file has no list of keys"])
    keys, problems = [], []
    for number, entry in enumerate(entries, 1):
        try:
            keys.append(_read_key(entry))
        except (KeyError, TypeError, ValueError):
            problems.append(f"key {number} of the file cannot be read")
    if problems:
        raise KeyRingUnsound(problems)
    return keys


def _read_key(entry: Any) -> StoredKey:
    return StoredKey(
        purpose=Purpose(entry["purpose"]),
        version=int(entry["version"]),
        suite=Suite(entry["suite"]),
        secret=base64.b64decode(entry["secret"], validate=True),
        is_next=entry.get("is_next", False) is True,
    )
