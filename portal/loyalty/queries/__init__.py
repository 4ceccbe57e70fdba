"""Reading loyalty: the programme, and points."""
