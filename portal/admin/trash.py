"""Papierkorb: what was deleted in the last 30 days, and the way back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.audit import KINDS
from portal.admin.listing import PAGE_SIZE, ListPage, read_list_request
from portal.admin.saving import saved
from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import trash as bin_of
from portal.editing.trash import CannotRestoreError
from portal.extensions import db
from portal.models.base import utc_now

blueprint = Blueprint("admin_trash", __name__, url_prefix="/verwaltung/papierkorb")


@blueprint.get("")
@roles(*WRITERS)
def trash() -> ResponseReturnValue:
    asked = read_list_request(sorts=(), filters={})
    rows = bin_of.entries(db.session, current_actor(), offset=asked.offset, limit=PAGE_SIZE)
    page = ListPage(asked, rows, bin_of.count(db.session, current_actor()))
    now = utc_now()
    left = {row.id: bin_of.days_left(row.deleted_at, now) for row in rows}
    return render_template("admin/trash/list.html", page=page, left=left, kinds=KINDS)


@blueprint.post("/<int:entry_id>/zurueckholen")
@roles(*WRITERS)
def restore(entry_id: int) -> ResponseReturnValue:
    try:
        back = bin_of.restore(db.session, current_actor(), entry_id, entity=request.form.get("entity", ""))
        without = f" Nicht mehr dabei, weil es das nicht mehr gibt: {', '.join(back.without)}." if back.without else ""
        saved(f"„{back.label}“ ist wieder da.{without}")
    except CannotRestoreError as error:
        db.session.rollback()
        flash(str(error), "error")
    return redirect(url_for(".trash"), 303)
