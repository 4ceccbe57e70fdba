"""Hostile cases of caps: uses, budgets, and what is dropped first; results computed by hand."""

from __future__ import annotations

from tests.promotions.cases import Case, alone, article, line, on, promotion

HUNDRED = (line("a", "1", "100"),)
UNTOUCHED = ("100", "100", ())
TEN_OFF = ("90", "90", (("P", "10"),))
# Together A, B and E stand for: the combination of A and B leaves 81 and beats E's 85, B alone would not.
PAIR = (line("a", "1", "100"), line("b", "1", "20"))

USES = (
    Case(
        "the last use is taken",
        "1 of 1 used: one more does not suffice.",
        HUNDRED,
        (promotion("P", "percent", "10", max_uses=1, uses=1),),
        (UNTOUCHED,),
        "100",
    ),
    Case(
        "the last use is free",
        "1 of 2 used: this order is the second.",
        HUNDRED,
        (promotion("P", "percent", "10", max_uses=2, uses=1),),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "the account's uses are taken, the others' not",
        "2 of 100 used, but both by this account, which may 2.",
        HUNDRED,
        (promotion("P", "percent", "10", max_uses=100, uses=2, max_uses_per_account=2, uses_of_account=2),),
        (UNTOUCHED,),
        "100",
    ),
    Case(
        "no use at all",
        "max_uses 0 is a cap, not an empty one.",
        HUNDRED,
        (promotion("P", "percent", "10", max_uses=0),),
        (UNTOUCHED,),
        "100",
    ),
    Case(
        "one use for a whole order",
        "A use is one placed order: both lines under one remaining use.",
        (line("a", "1", "100"), line("b", "1", "100")),
        (promotion("P", "percent", "10", max_uses=1),),
        (TEN_OFF, TEN_OFF),
        "180",
    ),
    Case(
        "an exhausted lone one leaves the combination",
        "X would win with 80; it does not apply: 90.",
        HUNDRED,
        (alone("X", "percent", "20", max_uses=5, uses=5), promotion("P", "percent", "10")),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "one with exhausted uses drags no other down",
        "X does not apply. A alone leaves 90, so E wins a with 85; A gives 2 on b, within its 10. (With X still in the round, A "
        "would give 10 + 2 > 10 and be dropped first.)",
        PAIR,
        (
            promotion("A", "percent", "10", priority=1, budget="10"),
            promotion("X", "percent", "10", priority=2, max_uses=1, uses=1, scopes=on("a")),
            alone("E", "percent", "15", scopes=on("a")),
        ),
        (("85", "85", (("E", "15"),)), ("18", "18", (("A", "2"),))),
        "103",
        reading="exhausted_uses_are_out_at_once",
    ),
)

BUDGETS = (
    Case(
        "the budget suffices exactly",
        "10 given, 30 − 20 = 10 remain.",
        HUNDRED,
        (promotion("P", "percent", "10", budget="30", spent="20"),),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "the budget is a cent short",
        "10 given, 9.99 remain: not applied at all, not in part.",
        HUNDRED,
        (promotion("P", "percent", "10", budget="30", spent="20.01"),),
        (UNTOUCHED,),
        "100",
    ),
    Case(
        "the budget is for the whole order",
        "10 + 10 given, 15 remain: gone from both lines, not from the second only.",
        (line("a", "1", "100"), line("b", "1", "100")),
        (promotion("P", "percent", "10", budget="15"),),
        (UNTOUCHED, UNTOUCHED),
        "200",
    ),
    Case(
        "only what would overdraw is dropped",
        "A has no cap; B would give 9 of 5: 90 remain.",
        HUNDRED,
        (promotion("P", "percent", "10", priority=1), promotion("B", "percent", "10", priority=2, budget="5")),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "the first by priority is dropped, and the second then suffices",
        "A gives 10 > 5, B gives 9 + 2 = 11 > 10: A is dropped. Again: B leaves 90, E 85: E; B gives 2 on b. (Were B dropped "
        "too, or first, b would stay 20.)",
        PAIR,
        (
            promotion("A", "percent", "10", priority=1, budget="5", scopes=on("a")),
            promotion("B", "percent", "10", priority=2, budget="10"),
            alone("E", "percent", "15", scopes=on("a")),
        ),
        (("85", "85", (("E", "15"),)), ("18", "18", (("B", "2"),))),
        "103",
    ),
    Case(
        "at equal priority the first by code point is dropped",
        "The same with “B” for the first and “a” for the second: B (U+0042) comes before a (U+0061).",
        PAIR,
        (
            promotion("a", "percent", "10", budget="10"),
            promotion("B", "percent", "10", budget="5", scopes=on("a")),
            alone("E", "percent", "15", scopes=on("a")),
        ),
        (("85", "85", (("E", "15"),)), ("18", "18", (("a", "2"),))),
        "103",
    ),
    Case(
        "all is evaluated again: the second now gives more, and is dropped too",
        "A gives 10 > 5 and is dropped; B, which gave 9 ≤ 9.50, then gives 10 > 9.50.",
        HUNDRED,
        (
            promotion("A", "percent", "10", priority=1, budget="5"),
            promotion("B", "percent", "10", priority=2, budget="9.50"),
        ),
        (UNTOUCHED,),
        "100",
    ),
    Case(
        "a dropped lone one uncovers the combination",
        "E would give 20 > 15; without it P leaves 90.",
        HUNDRED,
        (alone("E", "percent", "20", budget="15"), promotion("P", "percent", "10")),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "a lone one that does not win needs no budget",
        "E would give 5 but loses to 90: it gives nothing, so its empty budget is no matter, and P stays.",
        HUNDRED,
        (alone("E", "percent", "5", budget="0"), promotion("P", "percent", "10", budget="10")),
        (TEN_OFF,),
        "90",
    ),
    Case(
        "a dropped line promotion lets the order reach its threshold",
        "With P 90 < 95. P gives 10 > 5 and is dropped; again: 100 ≥ 95, 10 off.",
        HUNDRED,
        (promotion("P", "percent", "10", budget="5"), promotion("O", "order_percent", "10", threshold_amount="95")),
        (("100", "90", ()),),
        "90",
        order=(("O", "10"),),
    ),
    Case(
        "an order promotion above its budget",
        "10 percent of 100 + 100 is 20 > 19.99.",
        (line("a", "1", "100"), line("b", "1", "100")),
        (promotion("O", "order_percent", "10", budget="19.99"),),
        (UNTOUCHED, UNTOUCHED),
        "200",
    ),
    Case(
        "an order discount is capped before its budget is asked",
        "15 off a sum of 10 gives 10, which 10 suffice for.",
        (line("a", "1", "10"),),
        (promotion("O", "order_amount", "15", budget="10"),),
        (("10", "0", ()),),
        "0",
        order=(("O", "10"),),
    ),
    Case(
        "a dropped line promotion makes the order promotion overdraw",
        "P gives 10 > 9; O gives 9 ≤ 9. Only P overdraws; again, O gives 10 > 9 and goes too.",
        HUNDRED,
        (
            promotion("P", "percent", "10", priority=2, budget="9"),
            promotion("O", "order_percent", "10", priority=1, budget="9"),
        ),
        (UNTOUCHED,),
        "100",
    ),
)

FREE_GOODS = (
    Case(
        "free goods against the budget: a cent short",
        "One g is worth 11 > 10.99.",
        HUNDRED,
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", budget="10.99"),),
        (UNTOUCHED,),
        "100",
        articles=(article("g", "11"),),
    ),
    Case(
        "free goods against the budget: exactly enough",
        "One g is worth 11.",
        HUNDRED,
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", budget="11"),),
        (("100", "100", (("F", "0"),)),),
        "100",
        free=(("g", "1", 0, "F"),),
        articles=(article("g", "11"),),
    ),
    Case(
        "free goods without price cost no budget",
        "Worth 0: a remaining budget of 0 suffices.",
        HUNDRED,
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", budget="5", spent="5"),),
        (("100", "100", (("F", "0"),)),),
        "100",
        free=(("g", "1", 0, "F"),),
        articles=(article("g"),),
    ),
    Case(
        "free goods without price are a use",
        "Goods are something: with 1 of 1 used it does not apply.",
        HUNDRED,
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", max_uses=1, uses=1),),
        (UNTOUCHED,),
        "100",
        articles=(article("g"),),
    ),
    Case(
        "free goods worth more than the line, against the budget",
        "Their value is 30, not the 10 that the line has: 20 do not suffice.",
        (line("a", "1", "10"),),
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", budget="20"),),
        (("10", "10", ()),),
        "10",
        articles=(article("g", "30"),),
    ),
    Case(
        "free goods' value against the budget is not rounded",
        "0.504 > 0.50; rounded it would suffice.",
        HUNDRED,
        (promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="g", budget="0.50"),),
        (UNTOUCHED,),
        "100",
        articles=(article("g", "0.504"),),
        reading="free_value_is_rounded",
    ),
)
HOSTILE_CAPS = USES + BUDGETS + FREE_GOODS
