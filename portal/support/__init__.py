"""The support desk: retailers ask, their seller answers or passes up to the manufacturer, which answers the seller."""
