"""Shops that one wholesaler hands over to another one of its channel, with the consent of all three."""
