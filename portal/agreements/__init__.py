"""Framework agreements: what a seller and a buyer agreed to trade within a window, at prices of its own."""
