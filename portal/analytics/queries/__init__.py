"""Reading figures: a brand owner's channel, a seller's own sales, and what a seller shares."""
