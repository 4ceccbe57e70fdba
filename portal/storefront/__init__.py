"""What a buyer sees before ordering: priced catalogue, search, product page."""
