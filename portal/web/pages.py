"""All pages of the portal, put together."""

from flask import Flask

from portal.web import (
    access,
    api,
    errors,
    filters,
    headers,
    i18n,
    operations,
    place,
    reopened_pages,
    row_numbers,
    sessions,
    sheet,
    work,
)
from portal.web.citizen import (
    about,
    assistant,
    claimant,
    claims,
    demo,
    drafts,
    entitlement,
    guides,
    home,
    identity,
    my_data,
    notices,
    offices,
    policies,
    questions,
    receipts,
    record,
    routes,
    statements,
    tip_offs,
    topics,
)
from portal.web.desk import audit as desk_audit
from portal.web.desk import claimants as desk_claimants
from portal.web.desk import claims as desk_claims
from portal.web.desk import curators as desk_curators
from portal.web.desk import frame, sign_in
from portal.web.desk import payments as desk_payments
from portal.web.desk import people as desk_people
from portal.web.desk import questions as desk_questions
from portal.web.desk import readings as desk_readings
from portal.web.desk import rosters as desk_rosters
from portal.web.desk import staff as desk_staff
from portal.web.typed import TypedRequest

_SUBJECTS = (
    about,
    api,
    assistant,
    claimant,
    claims,
    desk_audit,
    desk_claimants,
    desk_claims,
    desk_curators,
    desk_payments,
    desk_people,
    desk_questions,
    desk_readings,
    desk_rosters,
    desk_staff,
    drafts,
    entitlement,
    guides,
    home,
    identity,
    my_data,
    notices,
    offices,
    operations,
    policies,
    questions,
    record,
    receipts,
    routes,
    sign_in,
    statements,
    tip_offs,
    topics,
)


def install(app: Flask, *, gzip_here: bool) -> None:
    """Add every page and what all pages share.

    Raises:
        UndeclaredAudience: a route does not say who may open it.
    """
    app.request_class = TypedRequest
    app.session_interface = sessions.RowSessions()
    app.url_map.converters["int"] = row_numbers.NumberConverter
    access.csrf.init_app(app)
    sheet.install(app)
    reopened_pages.install(app)
    headers.install(app, gzip_here=gzip_here)
    operations.install(app)
    app.before_request(access.guard)
    app.teardown_request(work.stop_reading)
    i18n.install(app)
    filters.install(app)
    errors.install(app)
    place.install(app)
    frame.install(app)
    for subject in _SUBJECTS:
        app.register_blueprint(subject.pages)
    if app.config["DEMO"]:
        app.register_blueprint(demo.pages)
    access.check_every_route(app)
    operations.make_room(app)
