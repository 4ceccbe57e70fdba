"""The screens of ordering and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET basket.show": by("read_basket"),
    "GET basket.pad": by("read_basket"),
    "POST basket.act": by("change_basket", "order_basket", "create_order", "create_order_request"),
    "POST basket.order_confirmed": by("order_basket"),
    "POST basket.quote": by("change_basket", "check_own_prices"),
    "POST basket.empty": by("clear_basket"),
    "POST basket_rewards.keep_reward": by("change_basket"),
    "POST entering.read": by("read_order_text", "change_basket"),
    "GET entering.suggest": by("find_buying_articles"),
    "GET own_orders.show_all": by("list_own_orders"),
    "GET own_orders.export": by("list_own_orders"),
    "GET own_orders.show": by("read_own_order"),
    "POST own_orders.cancel": by("cancel_order_placed"),
    "POST own_orders.received": by("confirm_receipt"),
    "POST own_orders.reorder_lines": by("reorder_order"),
    "GET approvals.show_all": by("list_order_requests"),
    "GET approvals.show": by("read_order_request"),
    "POST approvals.approve": by("approve_order_request"),
    "POST approvals.decline": by("decline_order_request"),
    "POST approvals.withdraw": by("withdraw_order_request"),
    "GET approvals.rule": by("read_approval_rule"),
    "POST approvals.change_rule": by("change_approval_rule"),
    "GET branches.show_all": by("list_own_branches"),
    "GET branches.show": by("list_branch_orders"),
    "GET branches.export": by("list_branch_orders"),
    "GET branches.show_order": by("read_branch_order"),
    "GET desk.show_all": by("list_received_orders", "count_received_orders"),
    "GET desk.export": by("list_received_orders"),
    "GET desk.show": by("read_received_order"),
    "POST desk.confirm": by("create_confirmation"),
    "POST desk.ship": by("create_shipment"),
    "POST desk.deliver": by("create_delivery"),
    "POST desk.cancel": by("create_cancellation"),
}
