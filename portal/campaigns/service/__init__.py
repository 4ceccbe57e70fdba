"""Writing campaigns and telling of them."""
