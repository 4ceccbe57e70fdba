"""Warehouses, stock levels and the ledger of their movements."""
