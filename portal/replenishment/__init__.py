"""What a shop usually needs now."""
