"""The order grid's row model and its posted form: what restock list, order pad, basket and reorder share.

A feature fills `GridRow`s and shows them with the macro of `components/order_grid.html`; it reads the posted form with
`read_grid_form` and answers the price refresh with `quote_answer`, whose cells are rendered by the same macros.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from babel import numbers
from flask import get_template_attribute
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from portal.web.formatting import money, money_text, plain_quantity, quantity_text, reader_locale
from portal.web.shell import Basket

TEMPLATE = "components/order_grid.html"
MAXIMUM_DECIMALS = 3
_LARGEST = Decimal(10**9)
_PLAIN_DIGITS = 9
_MOST_STEPS = 1000
FAR_MORE = 100
"""A quantity beyond so many times the largest of the last three is asked about."""
FAR_LARGER = 10
"""An order beyond so many times the largest former one is asked about."""
_AMOUNT = re.compile(r"-?\d{1,10}(\.\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class GridTier:
    """The next price step: from how many base units, at which net price each."""

    min_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class GridError:
    """What is wrong with a row, in the reader's words; `nearest` is the closest quantity that is allowed."""

    code: str
    text: str
    nearest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line. Quantities, minimum, multiple, tier and price are in base units, net, in the grid's currency."""

    key: str
    """Letters, digits and hyphens; unique in the grid and stable while the line lives."""
    article: str = ""
    name: str = ""
    image_url: str | None = None
    url: str | None = None
    unit: str = ""
    """The base unit in the reader's language, as after a number: `pieces`, `Stück`."""
    packaging_unit: str = ""
    packaging_units: str = ""
    """The word for several of them, where it is another one."""
    packaging_contains: Decimal = Decimal(1)
    """Base units in one packaging; with more than one the line may be stated in packagings."""
    in_packaging: bool = False
    """`quantity` and `text` count packagings."""
    quantity: Decimal | None = None
    text: str | None = None
    """What was typed, where it is no quantity: it is shown again as it is."""
    min_quantity: Decimal = Decimal(1)
    order_multiple: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    """None: price on request."""
    next_tier: GridTier | None = None
    last_quantities: Sequence[Decimal] = ()
    """Newest first, up to three."""
    usual_interval_days: int | None = None
    available_quantity: Decimal | None = None
    available_on: date | None = None
    """When what is missing arrives."""
    backorder: bool = False
    line_amount: Decimal | None = None
    """After the promotions of the line."""
    promotions: Sequence[str] = ()
    """What promotions give on the line, and what they would give on more of it."""
    shares: Sequence[tuple[str, Decimal]] = ()
    """(name, amount above 0) of each discount on the order: this line's part."""
    order_hints: Sequence[str] = ()
    """What promotions would give on the order, were it larger; each stands once, below the lines."""
    gifts: Sequence[str] = ()
    """What comes free with the line, `article=quantity`."""
    promoted: bool = False
    """A promotion gives something on the line."""
    coupons: Sequence[str] = ()
    """Those that give something on the line, folded."""
    because: str = ""
    error: GridError | None = None
    raw: str | None = None
    """The entered line that could not be read: shown for correction instead of an article."""

    @property
    def typed(self) -> str:
        """What stands in the quantity field."""
        if self.text is not None:
            return self.text
        return "" if self.quantity is None else plain_quantity(self.quantity)

    @property
    def base_quantity(self) -> Decimal | None:
        """The quantity in base units."""
        if self.quantity is None:
            return None
        return self.quantity * self.packaging_contains if self.in_packaging else self.quantity

    def stated_unit(self, count: Decimal) -> str:
        """The word for so many of what the line is stated in."""
        if not self.in_packaging:
            return self.unit
        return self.packaging_unit if count == 1 or not self.packaging_units else self.packaging_units

    @property
    def conversion(self) -> str:
        """What stands under the quantity: the same in the other unit, and the question where it is far beyond the usual."""
        return " · ".join(text for text in (self._converted, self.question) if text)

    @property
    def question(self) -> str:
        """Ask about a quantity far beyond what was ordered the last three times; it may be ordered all the same."""
        usual = max(self.last_quantities, default=Decimal(0))
        if usual <= 0 or (self.base_quantity or Decimal(0)) <= FAR_MORE * usual:
            return ""
        return str(gettext("More than %(times)s times as much as usual. Really so much?", times=FAR_MORE))

    @property
    def _converted(self) -> str:
        """The quantity in the other unit, such as `= 24 pieces` or `= 2 cases`; nothing where it is no whole one."""
        if not self.quantity or self.packaging_contains <= 1:
            return ""
        if self.in_packaging:
            return "= " + quantity_text(self.quantity * self.packaging_contains, self.unit)
        packs = self.quantity / self.packaging_contains
        word = self.packaging_unit if packs == 1 or not self.packaging_units else self.packaging_units
        return "= " + quantity_text(packs, word) if packs == packs.to_integral_value() else ""


@dataclass(frozen=True, slots=True)
class GridTotals:
    """What stands at the bottom: ordered lines, net total, lines that need a hand, and further sums."""

    lines: int
    total: Decimal
    waiting: int = 0
    further: Sequence[tuple[str, Decimal]] = ()
    """(label, amount): order discount, freight, VAT."""
    offer: str = ""
    """What promotions give, as one text: compared when the order is placed, so that nothing changes silently."""
    hints: Sequence[str] = ()
    """What promotions would give on the order, were it larger."""
    largest_order: Decimal | None = None
    """The total of the largest former order; None where there are too few to compare with."""
    alone_limit: Decimal | None = None
    """Up to what total who orders does so alone; None: any."""
    collects_points: bool = False
    """The seller runs a points programme."""

    @property
    def needs_approval(self) -> bool:
        """Tell whether the order would wait for an approver."""
        return self.alone_limit is not None and self.total > self.alone_limit

    @property
    def question(self) -> str:
        """Ask about a total far beyond any former one; it may be ordered all the same."""
        if self.largest_order is None or self.total <= FAR_LARGER * self.largest_order:
            return ""
        return str(gettext("More than %(times)s times your largest order so far. Really so much?", times=FAR_LARGER))

    @classmethod
    def of(cls, rows: Sequence[GridRow], further: Sequence[tuple[str, Decimal]] = ()) -> GridTotals:
        """Sum the rows' line amounts, less the discounts on the order; a row with an error or without a price waits."""
        ordered = [row for row in rows if row.quantity and not row.error]
        total = sum((row.line_amount or Decimal(0) for row in ordered), Decimal(0))
        waiting = sum(1 for row in rows if row.error)
        discounts: dict[str, Decimal] = {}
        for label, amount in (share for row in ordered for share in row.shares):
            discounts[label] = discounts.get(label, Decimal(0)) - amount
        total += sum(discounts.values(), Decimal(0))
        promoted = any(row.promoted for row in ordered)
        gifts = sorted(gift for row in ordered for gift in row.gifts)
        further = [*discounts.items(), *further]
        total_with_all = total + sum((amount for _label, amount in further[len(discounts) :]), Decimal(0))
        offer = ";".join([f"{total:f}", *gifts]) if promoted else ""
        hints = tuple(dict.fromkeys(hint for row in rows for hint in row.order_hints))
        return cls(len(ordered), total_with_all, waiting, further, offer, hints)


class PostedLine(NamedTuple):
    """One line of the posted form."""

    key: str
    article: str
    text: str
    """The quantity as it was typed."""
    quantity: Decimal | None
    """As read, in the stated unit; None where it is empty or no quantity."""
    in_packaging: bool
    shown_price: Decimal | None
    """The unit price the buyer saw, to be compared when the order is placed."""
    raw: str | None
    removed: bool

    @property
    def unreadable(self) -> bool:
        """Something was typed that is no quantity."""
        return bool(self.text.strip()) and self.quantity is None


def read_grid_form(form: Mapping[str, str]) -> list[PostedLine]:
    """Read the lines of a posted grid in their order; `take-<key>` and `remove-<key>` are buttons used without script."""
    form = form.to_dict() if isinstance(form, MultiDict) else form
    keys = [name.partition("-")[2] for name in form if name.startswith(("article-", "raw-"))]
    lines, given = [], form.get
    for key in dict.fromkeys(keys):
        text = given("take-" + key) or given("quantity-" + key, "")
        lines.append(
            PostedLine(
                key,
                given("article-" + key, ""),
                text,
                read_quantity(text),
                given("unit-" + key) == "packaging",
                _read_amount(given("shown_price-" + key, "")),
                given("raw-" + key),
                "remove-" + key in form,
            )
        )
    return lines


def read_quantity(text: str) -> Decimal | None:
    """Read a typed quantity in the reader's form (`1.500` is fifteen hundred in German); None where it is none.

    Grouping is accepted only where the groups are whole, so that `1.5` typed by a German reader is asked about
    instead of becoming fifteen.
    """
    if len(text) <= _PLAIN_DIGITS and text.isascii() and text.isdigit():
        return Decimal(text)  # what nearly everybody types; the same in every language
    compact = re.sub(r"[\s\u00a0\u202f]", "", text)
    mark = numbers.get_decimal_symbol(reader_locale())
    group = "." if mark == "," else ","
    pattern = rf"(\d+|\d{{1,3}}({re.escape(group)}\d{{3}})+)({re.escape(mark)}\d{{1,{MAXIMUM_DECIMALS}}})?"
    if not re.fullmatch(pattern, compact, re.ASCII):
        return None
    value = Decimal(compact.replace(group, "").replace(mark, "."))
    return value if value <= _LARGEST else None


def nearest_allowed(quantity: Decimal, minimum: Decimal, multiple: Decimal) -> Decimal:
    """Give the smallest allowed quantity (a multiple, at least the minimum) that is not below the asked one."""
    wanted = max(quantity, minimum)
    return (wanted / multiple).to_integral_value(rounding=ROUND_CEILING) * multiple if multiple > 0 else wanted


def quantity_error(row: GridRow) -> GridError | None:
    """Tell what is wrong with a row's quantity against its minimum and multiple; zero or empty is not ordered."""
    if row.text is not None and row.text.strip() and row.quantity is None:
        return GridError("not-a-quantity", gettext("This is not a quantity. Please enter a number."))
    wanted = row.base_quantity
    if not wanted or row.packaging_contains <= 0:
        return None
    nearest = nearest_allowed(wanted, row.min_quantity, row.order_multiple)
    if nearest == wanted:
        return None
    if wanted < row.min_quantity:
        text = gettext("At least %(minimum)s.", minimum=quantity_text(row.min_quantity, row.unit))
    else:
        text = gettext("Only in steps of %(multiple)s.", multiple=quantity_text(row.order_multiple, row.unit))
    return GridError("quantity", text, _stated(nearest, row))


def act_text(totals: GridTotals, currency: str) -> str:
    """Say what the order button does: `Order 14 lines, 1.284,30 €`, or ask for them where an approver decides."""
    amount = money_text(totals.total, currency)
    if totals.needs_approval:
        asked = ngettext(
            "Ask to order %(num)s line, %(total)s", "Ask to order %(num)s lines, %(total)s", totals.lines, total=amount
        )
        return str(asked)
    return str(ngettext("Order %(num)s line, %(total)s", "Order %(num)s lines, %(total)s", totals.lines, total=amount))


def entry_summary(read: int, added: int, waiting: int) -> str:
    """Say what became of entered lines: `70 read, 67 added, 3 need you`."""
    counted = gettext("%(read)s read, %(added)s added", read=quantity_text(read), added=quantity_text(added))
    if not waiting:
        return str(counted)
    return f"{counted}, {ngettext('%(num)s needs you', '%(num)s need you', waiting)}"


def quote_answer(
    rows: Sequence[GridRow], totals: GridTotals, currency: str, act: str | None = None, basket: Basket | None = None
) -> dict[str, Any]:
    """Give the JSON that refreshes a grid: each row's cells as markup, the totals, the act and what is now shown.

    With a basket, the bar at the top follows too.
    """
    cells = {name: get_template_attribute(TEMPLATE, f"{name}_cell") for name in ("price", "availability", "amount")}
    return {
        "lines": {
            row.key: {
                **{name: cell(row, currency) for name, cell in cells.items()},
                "conversion": row.conversion,
                "unit_price": None if row.unit_price is None else f"{row.unit_price:f}",
                "error": None
                if row.error is None
                else {
                    "text": row.error.text,
                    "nearest": None if row.error.nearest is None else plain_quantity(row.error.nearest),
                },
            }
            for row in rows
        },
        "totals": get_template_attribute(TEMPLATE, "totals_block")(totals, currency),
        "total": f"{totals.total:f}",
        "lines_ordered": totals.lines,
        "waiting": totals.waiting,
        "act": act if act is not None else act_text(totals, currency),
        "basket": basket and {"count": basket.count, "total": money(basket.total, basket.currency)},
    }


def _stated(base: Decimal, row: GridRow) -> Decimal | None:
    """Give base units in the unit the row is stated in: in packagings, the next whole number of them that is allowed."""
    if not row.in_packaging:
        return base
    for steps in range(_MOST_STEPS):
        packs = (base + steps * row.order_multiple) / row.packaging_contains
        if packs == packs.to_integral_value():
            return packs
    return None


def _read_amount(text: str) -> Decimal | None:
    return Decimal(text) if _AMOUNT.fullmatch(text) else None
