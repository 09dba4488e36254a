"""Settings, read once from the environment into one frozen value. There are no default secrets."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from portal.crypto.errors import KeyRingUnsound
from portal.crypto.key_ring import KeyRing

_PACKAGE = Path(str(files("portal")))


# The order in which the demo offers its places; the first is the one that opens.
DEMO_REGIONS = "jinning,hedong,linyi,taizhou,guangdong"

_LAST_PORT = 65535
_MOST_WORKERS = 64
_MOST_THREADS = 256
_MOST_PROXIES = 16

_ENGINES = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s/]+)*/?")
_NEEDED_WITH_A_BUCKET = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_NEEDED_BY_THE_GATEWAY = ("PORTAL_SMS_URL", "PORTAL_SMS_ACCOUNT", "PORTAL_SMS_KEY")
# What is printed and typed: a host and perhaps a port, for every page stands at the root of it.
_PUBLIC_URL = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?/?")
_HERE = ("http://127.", "http://localhost")
_READABLE_TO_OTHERS = 0o077


class BadSettings(Exception):
    """The portal cannot start like this; every problem is listed, one a line."""


@dataclass(frozen=True)
class Settings:
    """How this installation runs.

    ``owner`` … ``police_number`` stand in the footer as government sites carry them; an empty one
    is left out. ``proxies`` is how many trusted proxies stand in front. ``receipts_url`` is a bucket, or
    empty where receipts stand in a folder of ``data_folder``.
    """

    is_demo: bool
    data_folder: Path
    database_url: str
    keys_file: Path
    keys: KeyRing
    regions: tuple[str, ...]
    public_url: str
    port: int
    host: str
    workers: int
    threads: int
    proxies: int
    gzip: bool
    secure_cookies: bool
    receipts_url: str
    sms_url: str
    sms_account: str
    sms_key: str
    owner: str
    site_code: str
    icp_number: str
    police_number: str

    def list_doubts(self) -> list[str]:
        """What may be meant as it is and seldom is; nothing that keeps the portal from starting."""
        doubts = []
        if self.public_url.startswith("https:") and not self.proxies:
            doubts.append(
                "PORTAL_PROXIES=0 while PORTAL_URL is https: behind a proxy everybody counts as one address"
            )
        if not self.is_demo and self.public_url.startswith(_HERE):
            doubts.append(
                f"PORTAL_URL={self.public_url}: codes on printed statements lead to nobody's portal"
            )
        if self.keys_file.stat().st_mode & _READABLE_TO_OTHERS:
            doubts.append(f"PORTAL_KEYS: others may read {self.keys_file}; take that away: chmod 600")
        return doubts

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read ``PORTAL_…``, ``DATABASE_URL``, ``HOST`` and ``PORT``; an empty one counts as left out.

        Raises:
            BadSettings: something needed is missing or wrong.
        """
        given = _Given(env)
        is_demo = given.switch("PORTAL_DEMO", default=False)
        data_folder, port = given.data_folder(), given.number("PORT", 8000, least=1, most=_LAST_PORT)
        settings = cls(
            is_demo=is_demo,
            data_folder=data_folder,
            database_url=given.database_url(data_folder),
            keys_file=key_file(env),
            keys=given.keys(is_demo=is_demo),
            regions=given.regions(DEMO_REGIONS if is_demo else ""),
            public_url=given.public_url(port),
            port=port,
            host=given.host(is_demo=is_demo),
            workers=given.number("PORTAL_WORKERS", 2, least=1, most=_MOST_WORKERS),
            threads=given.number("PORTAL_THREADS", 4, least=1, most=_MOST_THREADS),
            proxies=given.number("PORTAL_PROXIES", 0, least=0, most=_MOST_PROXIES),
            gzip=given.switch("PORTAL_GZIP", default=True),
            secure_cookies=given.switch("PORTAL_SECURE_COOKIES", default=not is_demo),
            receipts_url=given.receipts_url(),
            sms_url=given.text("PORTAL_SMS_URL"),
            sms_account=given.text("PORTAL_SMS_ACCOUNT"),
            sms_key=given.text("PORTAL_SMS_KEY"),
            owner=given.text("PORTAL_OWNER"),
            site_code=given.text("PORTAL_SITE_CODE"),
            icp_number=given.text("PORTAL_ICP"),
            police_number=given.text("PORTAL_POLICE"),
        )
        if not is_demo:
            given.check_gateway()
        if given.problems:
            raise BadSettings("\n".join(given.problems))
        return settings


class _Given:
    """What the environment says, read one setting after the other; ``problems`` holds what is wrong."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {name: value for name, value in env.items() if value}
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self._env.get(name, default)

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if re.fullmatch("[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        self.problems.append(f"{name}={text!r} is not a whole number from {least} to {most}")
        return default

    def switch(self, name: str, *, default: bool) -> bool:
        text = self.text(name, str(int(default)))
        if text not in ("0", "1"):
            self.problems.append(f"{name}={text!r} is neither 0 nor 1")
        return text == "1"

    def host(self, *, is_demo: bool) -> str:
        host = self.text("HOST", "127.0.0.1")
        if is_demo and host not in ("127.0.0.1", "::1", "localhost"):
            self.problems.append(
                "PORTAL_DEMO=1 serves made-up people and shows its codes: HOST must be 127.0.0.1"
            )
        return host

    def public_url(self, port: int) -> str:
        url = self.text("PORTAL_URL", f"http://127.0.0.1:{port}")
        if not _PUBLIC_URL.fullmatch(url):
            self.problems.append(
                f"PORTAL_URL={url!r} is no address that people can type, such as https://portal.example.gov.cn"
            )
        return url.rstrip("/")

    def data_folder(self) -> Path:
        folder = find_data_folder(self._env)
        # Made only by what writes into it; until then its maker must be able to.
        standing = next(each for each in (folder, *folder.parents) if os.access(each, os.F_OK))
        if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
            self.problems.append(f"PORTAL_DATA: {folder} is no folder that may be written")
        return folder

    def database_url(self, data_folder: Path) -> str:
        # Loaded only now: help, and whoever only looks for a file, do without.
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        text = self.text("DATABASE_URL", f"sqlite:///{data_folder / 'portal.sqlite'}")
        try:
            url = make_url(text)
            is_sound = url.drivername in _ENGINES and url.database not in (None, "", ":memory:")
        except (ArgumentError, ValueError):
            is_sound = False
        if not is_sound:  # not quoted, since a password may stand in it
            self.problems.append(
                "DATABASE_URL is no address of a database, such as postgresql://portal@host/portal"
            )
        elif url.get_backend_name() != "sqlite":
            self._check_options(url.query)
        return text

    def _check_options(self, options: Iterable[str]) -> None:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        for option in options:
            try:
                make_conninfo("", **{option: ""})
            except (ProgrammingError, TypeError):  # the second for a name that the function itself takes
                self.problems.append(f"DATABASE_URL has an option that PostgreSQL does not know: {option}")

    def regions(self, default: str) -> tuple[str, ...]:
        """The regions in their order, each once; none where all are served."""
        from portal.content.packs import list_pack_folders

        text = self.text("PORTAL_REGIONS", default)
        known = [folder.name for folder in list_pack_folders(find_data("kb"))]
        named = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
        unknown = [name for name in named if name not in known]
        if unknown or (text and not named):
            wrong = f"does not know {', '.join(unknown)}" if unknown else "names no region"
            self.problems.append(f"PORTAL_REGIONS {wrong}; known are: {', '.join(known)}")
        return named

    def receipts_url(self) -> str:
        url = self.text("PORTAL_RECEIPTS")
        if not url:
            return ""
        if not _BUCKET.fullmatch(url):
            self.problems.append("PORTAL_RECEIPTS names a bucket, such as s3://bucket/receipts")
        self._need(_NEEDED_WITH_A_BUCKET, "the bucket of PORTAL_RECEIPTS")
        return url

    def check_gateway(self) -> None:
        from portal.messages.http_gateway import HttpGateway

        if self._need(_NEEDED_BY_THE_GATEWAY, "the SMS gateway"):
            url, account, key = map(self.text, _NEEDED_BY_THE_GATEWAY)
            try:
                HttpGateway(url, account, key.encode())
            except ValueError as error:
                self.problems.append(f"{', '.join(_NEEDED_BY_THE_GATEWAY)}: {error}")

    def keys(self, *, is_demo: bool) -> KeyRing:
        """The key ring from the file that ``PORTAL_KEYS`` names; only a demo makes one for itself."""
        path = key_file(self._env)
        try:
            return _make_once(path) if is_demo else _read_keys(path)
        except FileNotFoundError:
            self.problems.append(
                f"PORTAL_KEYS: there is no key ring at {path}; make one with: portal key new"
            )
        except OSError as error:
            self.problems.append(f"PORTAL_KEYS: {path} cannot be opened ({error.strerror})")
        except (UnicodeDecodeError, KeyRingUnsound) as error:
            self.problems.append(f"PORTAL_KEYS: {path} is not a key ring: {error}")
        return KeyRing.generate()

    def _need(self, names: tuple[str, ...], what: str) -> bool:
        """Whether all of these are given; each that is not is a problem."""
        missing = [name for name in names if name not in self._env]
        self.problems += [f"{name} is missing: {what} needs it" for name in missing]
        return not missing


def find_data(name: str) -> Path:
    """Where ``kb``, ``templates`` or ``translations`` stand: in the installed package, or the checkout."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def list_index_shelves(data_folder: Path) -> tuple[Path, ...]:
    """Where the assistant's index may stand ready: a wheel brings it, a checkout builds it once."""
    installed = _PACKAGE / "_data" / "index"
    if installed.is_dir():
        return installed, data_folder / "cache"
    if (_PACKAGE / "_data").is_dir():
        return (data_folder / "cache",)
    return (_PACKAGE.parent / "build" / "index",)


def key_file(env: Mapping[str, str]) -> Path:
    """Where the key ring stands."""
    return Path(env.get("PORTAL_KEYS") or find_data_folder(env) / "keys.json")


def find_data_folder(env: Mapping[str, str]) -> Path:
    """Where everything stands that this installation writes."""
    return Path(env.get("PORTAL_DATA") or "var").absolute()


def _read_keys(path: Path) -> KeyRing:
    return KeyRing.from_json(path.read_text(encoding="utf-8"))


def _make_once(path: Path) -> KeyRing:
    """The key ring of a demo, made where there is none; whoever else of it is quicker made it for all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(KeyRing.generate().to_json())
    except FileExistsError:
        pass
    return _read_keys(path)
