"""The seller's screens of campaigns: made, looked at as a customer, released, and what became of them."""

from __future__ import annotations

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.errors import UnusablePicture
from portal.accounts.logo import MOST_BYTES
from portal.campaigns import own_views, queries, words
from portal.campaigns.errors import CampaignNotReady
from portal.campaigns.forms import CampaignForm, form_values
from portal.campaigns.queries import CampaignRow, CampaignState
from portal.campaigns.service import campaigns as service
from portal.catalogue.units import product_name, unit_word
from portal.pricing.queries import find_buyer_id
from portal.pricing.words import window_text
from portal.segments.queries import count_members, list_segments
from portal.web.api.paging import page_of, read_cursor, read_text_cursor
from portal.web.navigation import navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from portal.web.uploads import uploaded_file
from tenants.database import forbid_writes, rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

campaign_screens = Screens("campaigns", __name__, capacity=Capacity.SELLER, url_prefix="/selling/campaigns")
_PAGE = 25
_RECEIVERS = 50
_MOST_SEGMENTS = 500


@campaign_screens.screen("/", Permission.PRICES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the campaigns, those that begin last first."""
    after = read_cursor(request.args.get("cursor"), 2)
    rows = queries.list_campaigns(principal, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.valid_from.isoformat(), row.code))
    return render_template("campaigns/campaigns.html", page=page, words=words, window_text=window_text)


@campaign_screens.screen("/new", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make a draft."""
    form = CampaignForm(segment=request.args.get("segment", ""))
    form.offer(list_segments(principal, limit=_MOST_SEGMENTS))
    if form.validate_on_submit() and _save(principal, form, None):
        flash(_("The draft is made. Look at it as a customer, then release it."), "success")
        return redirect(url_for("campaigns.show_one", code=form.code.data))
    return _form_page(form, None)


@campaign_screens.screen("/<code>", Permission.PRICES_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a campaign and what became of it."""
    return _page(principal, code)


@campaign_screens.screen("/<code>/edit", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Change a draft."""
    campaign = queries.get_campaign(principal, code)
    if campaign.state is not CampaignState.DRAFT:
        flash(_("The campaign was released: it can be ended, and no longer changed."), "warning")
        return redirect(url_for("campaigns.show_one", code=code))
    form = CampaignForm(data=None if request.method == "POST" else form_values(campaign))
    form.offer(list_segments(principal, limit=_MOST_SEGMENTS))
    if form.validate_on_submit() and _save(principal, form, campaign):
        flash(_("The draft is saved."), "success")
        return redirect(url_for("campaigns.show_one", code=code))
    return _form_page(form, campaign)


@campaign_screens.screen("/<code>/picture", Permission.PRICES_VIEW)
def picture(principal: Principal, code: str) -> ResponseReturnValue:
    """Give a campaign's picture."""
    return own_views.served_picture(*queries.find_picture(principal, code))


@campaign_screens.screen("/<code>/picture", Permission.PRICES_MANAGE, methods=["POST"], endpoint="set_picture")
def set_picture(principal: Principal, code: str) -> ResponseReturnValue:
    """Keep another picture with a draft, or none where no file was chosen."""
    try:
        service.set_picture(principal, code, uploaded_file(MOST_BYTES))
    except UnusablePicture:
        rollback_at_edge()
        return _page(principal, code, _("Please choose a PNG or JPEG picture of up to 1 MB.")), 422
    flash(_("The draft is saved."), "success")
    return redirect(url_for("campaigns.show_one", code=code))


@campaign_screens.screen("/<code>/preview", Permission.PRICES_VIEW)
def preview(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a campaign as one of its customers would see it; the server refuses any write meanwhile."""
    forbid_writes()
    campaign = queries.get_campaign(principal, code)
    account = request.args.get("account", "").strip()
    buyer_id = find_buyer_id(principal, account) if account else None
    page = render_template(
        "campaigns/preview.html",
        campaign=campaign,
        account=account,
        error=_("There is no such customer.") if account and buyer_id is None else "",
        rows=queries.preview_articles(principal, code, buyer_id) if buyer_id is not None else None,
        words=words,
        product_name=product_name,
        unit_word=unit_word,
        currency=principal.currency,
    )
    return page, 422 if account and buyer_id is None else 200


@campaign_screens.screen("/<code>/release", Permission.PRICES_MANAGE, methods=["POST"])
def release(principal: Principal, code: str) -> ResponseReturnValue:
    """Release a draft to everybody whom its segment holds now."""
    try:
        released = service.release_campaign(principal, code)
    except CampaignNotReady as refusal:
        rollback_at_edge()
        return _page(principal, code, str(words.NOT_READY[refusal.details["reason"]])), 409
    flash(_("The campaign is released to %(count)s accounts.", count=released.receivers), "success")
    return redirect(url_for("campaigns.show_one", code=code))


@campaign_screens.screen("/<code>/end", Permission.PRICES_MANAGE, methods=["POST"])
def end(principal: Principal, code: str) -> ResponseReturnValue:
    """Let a campaign run no longer."""
    service.end_campaign(principal, code)
    flash(_("The campaign has ended."), "success")
    return redirect(url_for("campaigns.show_one", code=code))


@campaign_screens.screen("/<code>/remove", Permission.PRICES_MANAGE, methods=["POST"])
def remove(principal: Principal, code: str) -> ResponseReturnValue:
    """Throw a draft away."""
    service.remove_campaign(principal, code)
    flash(_("The draft is thrown away."), "success")
    return redirect(url_for("campaigns.show"))


def register(app: Flask) -> None:
    """Bind the screens of both sides."""
    app.register_blueprint(campaign_screens)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Campaigns"), "campaigns.show", "mail", Permission.PRICES_VIEW, 39)
    own_views.register(app)


def _page(principal: Principal, code: str, error: str = "") -> str:
    campaign = queries.get_campaign(principal, code)
    after = read_text_cursor(request.args.get("cursor"))
    rows = queries.list_receivers(principal, code, after=after or "", limit=_RECEIVERS + 1)
    is_draft = campaign.state is CampaignState.DRAFT
    segment = campaign.segment_code
    return render_template(
        "campaigns/campaign.html",
        campaign=campaign,
        reach=count_members(principal, [segment])[segment] if is_draft else campaign.receivers,
        page=page_of(rows, _RECEIVERS, lambda row: row, lambda row: (row.code,)),
        error=error,
        words=words,
        window_text=window_text,
    )


def _form_page(form: CampaignForm, campaign: CampaignRow | None) -> ResponseReturnValue:
    page = render_template("campaigns/campaign_form.html", form=form, campaign=campaign)
    return page, 422 if form.is_submitted() else 200


def _save(principal: Principal, form: CampaignForm, campaign: CampaignRow | None) -> bool:
    command = form.command(campaign.code if campaign else None)
    if command is None:
        return False
    save = service.change_campaign if campaign else service.create_campaign
    return accepts(form, lambda: save(principal, command))
