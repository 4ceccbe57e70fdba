"""Campaigns: a page and a mail of a seller to a segment of its buyers."""
