"""Where all parts meet: settings in, a WSGI application out."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import BadSettings, Settings, find_data, list_index_shelves
from portal.content.matcher import Matcher
from portal.content.packs import load_packs
from portal.messages.demo_gateway import DemoGateway
from portal.messages.gateway import Gateway
from portal.messages.http_gateway import HttpGateway
from portal.services.work import House
from portal.storage.blobs import BlobStore, FolderStore
from portal.storage.database import Database
from portal.web import logs, pages
from portal.web.work import EXTENSION, SteadyClock

# One field of a form may hold a letter; a request may hold a few photos.
LARGEST_REQUEST = 32 * 1024 * 1024
LARGEST_FIELDS = 512 * 1024
MOST_PARTS = 100

_OBJECTS_BETWEEN_SEARCHES = 20_000


@dataclass(frozen=True)
class Site:
    """What the footer says of this installation; an empty text is left out."""

    owner: str
    site_code: str
    icp_number: str
    police_number: str
    is_demo: bool


def open_house(settings: Settings) -> House:
    """Load the texts, packs and entries, and prepare the database.

    Raises:
        BadSettings: receipts are to be kept in a bucket, and its client is not installed.
        BrokenContent: something in ``kb/`` is wrong, such as a quotation that is not in its clause.
    """
    blobs, kb = open_blobs(settings), find_data("kb")
    packs = load_packs(kb)
    return House(
        database=Database(settings.database_url, pool_size=settings.threads),
        packs=packs,
        matcher=Matcher.load(kb, *list_index_shelves(settings.data_folder)),
        keys=settings.keys,
        blobs=blobs,
        regions=settings.regions or tuple(packs.regions),
        is_demo=settings.is_demo,
        public_url=settings.public_url,
    )


def open_blobs(settings: Settings) -> BlobStore:
    """Where receipts are kept: the bucket that is named, or a folder of our own.

    Raises:
        BadSettings: the bucket's client is not installed.
    """
    if not settings.receipts_url:
        return FolderStore(settings.data_folder / "receipts")
    try:
        from portal.storage.object_store import ObjectStore
    except ImportError as error:
        raise BadSettings(
            "PORTAL_RECEIPTS needs the package obstore: install from deploy/lock/objects.txt"
        ) from error
    return ObjectStore(settings.receipts_url)


def open_gateway(settings: Settings) -> Gateway:
    """The carrier of texts; in demo mode one that carries them nowhere."""
    if settings.is_demo:
        return DemoGateway()
    return HttpGateway(settings.sms_url, settings.sms_account, settings.sms_key.encode())


def settle() -> None:
    """Keep the garbage collector from what has been loaded for good, and from looking too often.

    A page or a thousand rows of a roster make objects by the ten thousand, and nearly all of them are gone
    before the collector comes. What is frozen is not copied into each worker by being looked at, either.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
    gc.enable()  # where it was kept from a start


class _Portal(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """What it is given: no page here is a coroutine, and to ask each at every request takes its time."""
        return func


def create_app(settings: Settings, house: House | None = None) -> Flask:
    """Build the application; nothing is asked of the database yet.

    Raises:
        UndeclaredAudience: a route does not say who may open it.
    """
    logs.install()
    house = house or open_house(settings)
    app = _Portal(
        "portal",
        template_folder=str(find_data("templates")),
        static_folder=str(Path(__file__).parent / "static"),
    )
    app.config.update(
        DEMO=house.is_demo,
        SECRET_KEY=settings.keys.web_secrets()[0],
        SECRET_KEY_FALLBACKS=list(settings.keys.web_secrets()[1:]),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FIELDS,
        MAX_FORM_PARTS=MOST_PARTS,
        WTF_CSRF_CHECK_DEFAULT=False,  # the guard checks, by who is asking
        WTF_CSRF_TIME_LIMIT=None,  # the session's own end is the limit
        BABEL_TRANSLATION_DIRECTORIES=str(find_data("translations")),
    )
    app.jinja_env.globals.update(
        site=Site(
            owner=settings.owner,
            site_code=settings.site_code,
            icp_number=settings.icp_number,
            police_number=settings.police_number,
            is_demo=settings.is_demo,
        ),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = house, SteadyClock(house)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    pages.install(app, gzip_here=settings.gzip)
    return app
