"""Settings, read once from the environment into one frozen value. There are no default secrets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from portal.crypto.key_ring import KeyRing

_PACKAGE = Path(str(files("portal")))


# The order in which the demo offers its places; the first is the one that opens.
DEMO_REGIONS = "jinning,hedong,linyi,taizhou,guangdong"


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
        if self.public_url.startswith("https:") and not self.proxies:
            return [
                "PORTAL_PROXIES=0 while PORTAL_URL is https: behind a proxy everybody counts as one address"
            ]
        return []

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read ``PORTAL_…``, ``DATABASE_URL`` and ``PORT``.

        Raises:
            BadSettings: something needed is missing or wrong.
        """
        problems: list[str] = []
        is_demo = env.get("PORTAL_DEMO", "") == "1"
        data_folder = find_data_folder(env)
        host = env.get("HOST", "127.0.0.1")
        if is_demo and host not in ("127.0.0.1", "::1", "localhost"):
            problems.append("PORTAL_DEMO=1 serves made-up people and shows its codes: HOST must be 127.0.0.1")
        needed = () if is_demo else ("PORTAL_SMS_URL", "PORTAL_SMS_ACCOUNT", "PORTAL_SMS_KEY")
        problems += [f"{name} is missing: the SMS gateway needs it" for name in needed if not env.get(name)]
        receipts_url = env.get("PORTAL_RECEIPTS", "")
        if receipts_url and not re.fullmatch(r"s3://[^/]+(/.*)?", receipts_url):
            problems.append("PORTAL_RECEIPTS names a bucket, such as s3://bucket/receipts")
        port = _number(env, "PORT", 8000, problems)
        settings = cls(
            is_demo=is_demo,
            data_folder=data_folder,
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data_folder / 'portal.sqlite'}",
            keys=_read_keys(key_file(env), is_demo, problems),
            regions=tuple(
                filter(None, env.get("PORTAL_REGIONS", DEMO_REGIONS if is_demo else "").split(","))
            ),
            public_url=env.get("PORTAL_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            port=port,
            host=host,
            workers=_number(env, "PORTAL_WORKERS", 2, problems),
            threads=_number(env, "PORTAL_THREADS", 4, problems),
            proxies=_number(env, "PORTAL_PROXIES", 0, problems),
            gzip=env.get("PORTAL_GZIP", "1") == "1",
            secure_cookies=env.get("PORTAL_SECURE_COOKIES", "0" if is_demo else "1") == "1",
            receipts_url=receipts_url,
            sms_url=env.get("PORTAL_SMS_URL", ""),
            sms_account=env.get("PORTAL_SMS_ACCOUNT", ""),
            sms_key=env.get("PORTAL_SMS_KEY", ""),
            owner=env.get("PORTAL_OWNER", ""),
            site_code=env.get("PORTAL_SITE_CODE", ""),
            icp_number=env.get("PORTAL_ICP", ""),
            police_number=env.get("PORTAL_POLICE", ""),
        )
        if problems:
            raise BadSettings("\n".join(problems))
        return settings


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
    return Path(env.get("PORTAL_DATA", "var")).absolute()


def _number(env: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    text = env.get(name, str(default))
    if text.isdecimal():
        return int(text)
    problems.append(f"{name}={text!r} is not a whole number")
    return default


def _read_keys(path: Path, is_demo: bool, problems: list[str]) -> KeyRing:
    """The key ring from the file that ``PORTAL_KEYS`` names; only a demo makes one for itself."""
    if path.exists():
        try:
            return KeyRing.from_json(path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, json.JSONDecodeError) as error:
            problems.append(f"PORTAL_KEYS: {path} is not a key ring: {error}")
            return KeyRing.generate()
    keys = KeyRing.generate()
    if is_demo:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                path.chmod(0o600)
                file.write(keys.to_json())
        except FileExistsError:  # another process of this demo was quicker
            return _read_keys(path, is_demo, problems)
    else:
        problems.append(f"PORTAL_KEYS: there is no key ring at {path}; make one with: portal key new")
    return keys
