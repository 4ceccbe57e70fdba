"""Channel folders and the demo channel."""
