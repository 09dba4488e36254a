"""The application on a fresh database, and a browser in front of it."""

from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.services.work import House
from portal.storage.database import Database
from tests.builders import house_keys, make_house
from tests.web.browser import Browser


def make_settings(folder: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "is_demo": True,
        "data_folder": folder,
        "database_url": "",
        "keys_file": folder / "keys.json",
        "keys": house_keys(),
        "regions": (),
        "public_url": "http://127.0.0.1:8000",
        "port": 8000,
        "host": "127.0.0.1",
        "workers": 1,
        "threads": 4,
        "proxies": 0,
        "gzip": True,
        "secure_cookies": False,
        "receipts_url": "",
        "sms_url": "",
        "sms_account": "",
        "sms_key": "",
        "owner": "晋宁区城乡居民社会养老保险局",
        "site_code": "",
        "icp_number": "",
        "police_number": "",
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """The tools of a house on this test's database."""
    return make_house(database, tmp_path)


@pytest.fixture
def app(house: House, tmp_path: Path) -> Flask:
    """The application."""
    return create_app(make_settings(tmp_path), house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser that nobody has signed in with."""
    return Browser(app)
