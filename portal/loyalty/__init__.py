"""Loyalty: a programme of a seller, points as a ledger, levels, and rewards that come with an order."""
