"""Work behind the screens, as the manufacturer that runs the channel sees it."""
