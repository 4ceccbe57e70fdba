"""Co-funding: what a brand owner pays a wholesaler for each unit of its products sold under a promotion."""
