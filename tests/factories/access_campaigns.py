"""Segments and campaigns of the access tests: each seller has a segment and a spare one; each buyer a campaign of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, text

from portal.campaigns.models import Campaign, CampaignArticle, CampaignPromotion, CampaignReceiver
from portal.segments.models import Segment, SegmentAccount, SegmentGroup
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST", "missing": "NONE"}
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def add_campaigns(seed: Seed, world: AccessWorld, goods: Mapping[str, Sequence[Row[Any]]]) -> None:
    """Give each seller segments that nobody else knows, a draft, and a campaign to each of its buyers alone."""
    for seller in world.sellers():
        code = seller.code
        for sign in ("SG", "SF"):
            seed.add(Segment, seller_id=seller.id, code=f"{sign}-{code}", name=f"Segment {code}")
        key = {"seller_id": seller.id, "segment_code": f"SG-{code}"}
        seed.add(SegmentGroup, **key, price_group=f"GROUP-{code}")
        known = frozenset({code})
        world.canaries.append(Canary(rf"(S[GF]-|Segment ){code}(?!\w)", known, f"segments of {code}"))
        world.canaries.append(Canary(rf"(CD-|Draft ){code}(?!\w)", known, f"draft of {code}"))
        _add_campaign(seed, seller, f"CD-{code}", f"Draft {code}", goods[code][0])
        for own, buyer in world.edges():
            if own.id == seller.id:
                seed.add(SegmentAccount, **key, buyer_id=buyer.id)
                _add_released(seed, world, seller, buyer, goods[code][0])


def _add_released(seed: Seed, world: AccessWorld, seller: Row[Any], buyer: Row[Any], article: Row[Any]) -> None:
    pair = f"{seller.code}-{buyer.code}"
    _add_campaign(seed, seller, f"CP-{pair}", f"Campaign {pair}", article, picture=b"\x89PNG", released_at=_LONG_AGO)
    seed.add(
        CampaignReceiver,
        seller_id=seller.id,
        campaign_code=f"CP-{pair}",
        buyer_id=buyer.id,
        told_at=_LONG_AGO,
        opened_at=_LONG_AGO,
    )
    [promotion] = seed.run(
        text("select id from promotion where seller_id = :seller and code = :code"),
        {"seller": seller.id, "code": f"PROMO-{pair}"},
    )
    seed.add(CampaignPromotion, seller_id=seller.id, campaign_code=f"CP-{pair}", promotion_id=promotion.id)
    both = frozenset({seller.code, buyer.code})
    world.canaries.append(Canary(rf"(CP-|Campaign ){pair}(?!\w)", both, f"campaign of {pair}"))


def _add_campaign(seed: Seed, seller: Row[Any], code: str, title: str, article: Row[Any], **values: Any) -> None:
    key = {"seller_id": seller.id, "segment_code": f"SG-{seller.code}", "code": code}
    days = {"valid_from": date(2020, 1, 1), "valid_to": date(2999, 1, 1)}
    seed.add(Campaign, **key, **days, title_en=title, title_de=title, picture_type="image/png", **values)
    seed.add(CampaignArticle, seller_id=seller.id, campaign_code=code, article_id=article.id, place=1)


def campaign_objects(edges: Mapping[str, str], around: Mapping[str, str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name segments and campaigns by their seller's relation to north, and campaigns by their buyer's to anna."""
    kinds = {
        **{
            kind: (sign, _SELLERS)
            for kind, sign in (("segment", "SG"), ("spare_segment", "SF"), ("draft_campaign", "CD"))
        },
        "campaign": ("CP", edges),
        "own_campaign": ("CP", around),
    }
    return {
        kind: {each: {"code": f"{sign}-{code}"} for each, code in {**codes, "missing": "NONE"}.items()}
        for kind, (sign, codes) in kinds.items()
    }
