"""The screens of segments: each with its rule, how many accounts it holds now, and which."""

from __future__ import annotations

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.group_uses import uses_by
from portal.pricing.queries.price_lists import find_groups
from portal.segments import queries, service, words
from portal.segments.errors import SegmentInUse
from portal.segments.forms import SegmentForm, form_values
from portal.segments.queries import SegmentRow
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.navigation import navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

segment_screens = Screens("segments", __name__, capacity=Capacity.SELLER, url_prefix="/selling/segments")
_PAGE = 25
_MEMBERS = 50


@segment_screens.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the segments, each with how many accounts it holds now."""
    after = read_text_cursor(request.args.get("cursor"))
    rows = queries.list_segments(principal, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,))
    counts = queries.count_members(principal, [row.code for row in page.items])
    return render_template("segments/segments.html", page=page, counts=counts, words=words)


@segment_screens.screen("/new", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make a segment."""
    form = SegmentForm(category_days="90")
    form.offer(find_groups(principal))
    if form.validate_on_submit() and _save(principal, form, None):
        flash(_("The segment is made."), "success")
        return redirect(url_for("segments.show_one", code=form.code.data))
    return _form_page(form, None)


@segment_screens.screen("/<code>", Permission.FIGURES_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a segment's rule and who is in it now."""
    return _page(principal, code)


@segment_screens.screen("/<code>/edit", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Change a segment's rule."""
    segment = queries.get_segment(principal, code)
    form = SegmentForm(data=None if request.method == "POST" else form_values(segment))
    form.offer(find_groups(principal))
    if form.validate_on_submit() and _save(principal, form, segment):
        flash(_("The segment is saved."), "success")
        return redirect(url_for("segments.show_one", code=code))
    return _form_page(form, segment)


@segment_screens.screen("/<code>/remove", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove(principal: Principal, code: str) -> ResponseReturnValue:
    """Remove a segment that no campaign is for."""
    try:
        service.remove_segment(principal, code)
    except SegmentInUse:
        rollback_at_edge()
        return _page(principal, code, _("A campaign is for this segment, so it stays.")), 409
    flash(_("The segment is removed."), "success")
    return redirect(url_for("segments.show"))


def register(app: Flask) -> None:
    """Bind the screens and say which segments name a price group."""
    app.register_blueprint(segment_screens)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Segments"), "segments.show", "people", Permission.FIGURES_VIEW, 38)
    uses_by(app, "segments", queries.list_segments_of_group)


def _page(principal: Principal, code: str, error: str = "") -> str:
    segment = queries.get_segment(principal, code)
    after = read_text_cursor(request.args.get("cursor"))
    rows = queries.list_members(principal, code, after=after or "", limit=_MEMBERS + 1)
    return render_template(
        "segments/segment.html",
        segment=segment,
        count=queries.count_members(principal, [code])[code],
        page=page_of(rows, _MEMBERS, lambda row: row, lambda row: (row.code,)),
        error=error,
        words=words,
    )


def _form_page(form: SegmentForm, segment: SegmentRow | None) -> ResponseReturnValue:
    page = render_template("segments/segment_form.html", form=form, segment=segment)
    return page, 422 if form.is_submitted() else 200


def _save(principal: Principal, form: SegmentForm, segment: SegmentRow | None) -> bool:
    command = form.command(segment.code if segment else None)
    if command is None:
        return False
    save = service.change_segment if segment else service.create_segment
    return accepts(form, lambda: save(principal, command))
