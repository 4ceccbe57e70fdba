"""Kontor, the distributor portal: one package a feature."""
