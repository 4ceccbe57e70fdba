"""Writing promotions, and keeping coupons from being guessed."""
