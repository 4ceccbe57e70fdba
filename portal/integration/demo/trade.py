"""Eighteen months of trade: shops order from wholesalers, wholesalers refill their stock from above, day by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.integration.demo.assortment import Article, Assortment
from portal.integration.demo.channel import SELLERS, SUB_DISTRIBUTOR, Account, Seller
from portal.integration.demo.favourites import Favourite, choose_favourites, wanted_today
from portal.integration.demo.price_book import Buying, PriceBook
from portal.integration.demo.products import MAKER
from portal.integration.demo.rhythm import HISTORY_DAYS, is_working_day, order_days, season
from portal.integration.demo.shops import Shop

RETURN_SHARE = 0.06
REORDER_WEEKS = 2.5
COVER_WEEKS = 9


@dataclass(frozen=True)
class OrderLine:
    """One line of the history: quantity in base units (negative is a return), cents a base unit."""

    buying: Buying
    number: str
    line: int
    placed_on: date
    article: Article
    quantity: int
    cents: int


@dataclass
class _ShopHabit:
    buying: Buying
    shop: Shop
    days: set[date]
    favourites: list[Favourite]
    articles: list[Article]
    turn: int = 0


class Trade:
    """Runs the channel from its first day to yesterday and keeps lines, stock and what each seller needs a week."""

    def __init__(
        self, accounts: list[Account], assortment: Assortment, book: PriceBook, today: date, rng: Random
    ) -> None:
        self.assortment = assortment
        self.today = today
        self.lines: list[OrderLine] = []
        self.weekly: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.stock: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._book = book
        self._rng = rng
        self._recent: dict[Buying, list[OrderLine]] = defaultdict(list)
        self._numbers = {seller.code: 240_000 + rng.randrange(900) for seller in SELLERS}
        self._wholesale = {
            account.buyer: Buying(account.seller, account.buyer, account.group)
            for account in accounts
            if account.shop is None
        }
        self._habits = [self._habit(account, account.shop) for account in accounts if account.shop is not None]
        self._plan_demand()

    def run(self) -> None:
        """Play every day of the history once."""
        first = self.today - timedelta(days=HISTORY_DAYS)
        for offset in range(HISTORY_DAYS):
            day = first + timedelta(days=offset)
            for habit in self._habits:
                if day in habit.days:
                    self._shop_orders(habit, day)
            if is_working_day(day):
                # One weekday for each wholesaler, from Monday on; a sub-distributor comes before its own seller.
                for place, seller in enumerate(reversed(SELLERS), start=1):
                    if seller.every and (day.toordinal() - place) % seller.every == 0:
                        self._refill(seller, day)

    def shortfall(self, seller: str, sku: str, on: date) -> int:
        """Give the base units, in full cases, that bring an article back to its cover; 0 while there is enough."""
        article = self.assortment[seller][sku]
        weekly = max(self.weekly[seller][sku], article.case / 60) * season(article.product.family.season, on)
        held = self.stock[seller][sku]
        if held >= weekly * REORDER_WEEKS:
            return 0
        return max(1, round((weekly * COVER_WEEKS - held) / article.case)) * article.case

    def _habit(self, account: Account, shop: Shop) -> _ShopHabit:
        offered = [article for article in self.assortment[account.seller].values() if not article.product.on_request]
        days = set(order_days(shop, self.today, self._rng))
        favourites = choose_favourites(shop, offered, self.today, self._rng)
        buying = Buying(account.seller, account.buyer, account.group)
        return _ShopHabit(buying, shop, days, favourites, [article for article in offered if article.active])

    def _plan_demand(self) -> None:
        for habit in self._habits:
            for favourite in habit.favourites:
                sku = favourite.article.product.sku
                self.weekly[habit.buying.seller][sku] += favourite.weekly_demand(habit.shop.every)
        for seller in reversed(SELLERS):
            for sku in self.assortment[seller.code]:
                if seller.parent and sku in self.assortment[seller.parent]:
                    self.weekly[seller.parent][sku] += self.weekly[seller.code][sku]
        for seller in SELLERS:
            for sku, article in self.assortment[seller.code].items():
                weeks = self.weekly[seller.code][sku] * self._rng.uniform(2, COVER_WEEKS)
                self.stock[seller.code][sku] = int(weeks) + article.step

    def _shop_orders(self, habit: _ShopHabit, day: date) -> None:
        wanted = wanted_today(habit.favourites, habit.turn, day, self.today, self._rng)
        habit.turn += 1
        chosen = {article.number for article, _ in wanted}
        for _ in range(self._rng.choice((0, 0, 1, 1, 2))):
            article = self._rng.choice(habit.articles)
            if article.number not in chosen:
                chosen.add(article.number)
                wanted.append((article, article.step * self._rng.choice((1, 1, 2))))
        self._place(habit.buying, day, wanted)

    def _refill(self, seller: Seller, day: date) -> None:
        above = self.assortment[seller.parent]
        wanted = []
        for sku in self.assortment[seller.code]:
            needed = self.shortfall(seller.code, sku, day)
            if not needed:
                continue
            if sku not in above:
                # Other brands reach the wholesaler outside this channel.
                self.stock[seller.code][sku] += needed
            elif above[sku].active and not above[sku].product.on_request:
                wanted.append((above[sku], needed))
        self._place(self._wholesale[seller.code], day, wanted)
        for article, quantity in wanted:
            self.stock[seller.code][article.product.sku] += quantity

    def _place(self, buying: Buying, day: date, wanted: list[tuple[Article, int]]) -> None:
        if not wanted:
            return
        self._numbers[buying.seller] += self._rng.randrange(1, 5)
        number = f"{buying.seller[:2]}-{self._numbers[buying.seller]}"
        placed = []
        for line, (article, quantity) in enumerate(wanted, start=1):
            cents = self._book.price(buying, article.number, quantity, day)
            if cents is None:
                message = f"{article.number} of {buying.seller} has no price for {buying.buyer} on {day}"
                raise ValueError(message)
            placed.append(OrderLine(buying, number, line, day, article, quantity, cents))
        placed.extend(self._returned(buying, number, day, len(placed) + 1))
        self.lines.extend(placed)
        for order_line in placed:
            self.stock[buying.seller][order_line.article.product.sku] -= order_line.quantity
        self._recent[buying] = placed

    def _returned(self, buying: Buying, number: str, day: date, line: int) -> list[OrderLine]:
        """Now and then a piece of the order before goes back, at the price that was paid for it."""
        bought = [recent for recent in self._recent[buying] if recent.quantity > 0]
        if not bought or self._rng.random() >= RETURN_SHARE:
            return []
        origin = self._rng.choice(bought)
        pieces = min(origin.quantity, self._rng.choice((1, 1, 2, origin.article.step)))
        return [OrderLine(buying, number, line, day, origin.article, -pieces, origin.cents)]


@dataclass(frozen=True)
class StockRow:
    """A stock level as it stands today, in base units, with what is on its way."""

    seller: str
    warehouse: str
    article: Article
    on_hand: int
    incoming: int
    incoming_on: date | None


def stock_rows(trade: Trade, rng: Random) -> list[StockRow]:
    """Give today's stock by seller and warehouse; a few articles are out, each with the day of its arrival."""
    rows = []
    for seller in SELLERS:
        for sku, article in trade.assortment[seller.code].items():
            if article.product.on_request:
                continue
            held = _maker_stock(trade, article, rng) if seller.code == MAKER else max(0, trade.stock[seller.code][sku])
            is_out = article.active and rng.random() < (0.015 if seller.code == SUB_DISTRIBUTOR else 0.025)
            held = 0 if is_out else held
            incoming = max(trade.shortfall(seller.code, sku, trade.today), article.case if held == 0 else 0)
            incoming = incoming if article.active and (held == 0 or seller.code != MAKER) else 0
            arrival = trade.today + timedelta(days=rng.randrange(2, 15)) if incoming else None
            rows.extend(_by_warehouse(seller, article, held, incoming, arrival))
    return rows


def _maker_stock(trade: Trade, article: Article, rng: Random) -> int:
    weekly = max(trade.weekly[MAKER][article.product.sku], article.case / 8)
    return round(weekly * rng.uniform(3, 9) / article.case + 1) * article.case


def _by_warehouse(seller: Seller, article: Article, held: int, incoming: int, arrival: date | None) -> list[StockRow]:
    codes = [code for code, *_ in seller.warehouses]
    second = held * 3 // 10 // article.case * article.case if len(codes) > 1 else 0
    rows = [StockRow(seller.code, codes[0], article, held - second, incoming, arrival)]
    if second:
        rows.append(StockRow(seller.code, codes[1], article, second, 0, None))
    return rows
