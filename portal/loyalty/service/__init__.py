"""Writing loyalty: the programme, and points."""
