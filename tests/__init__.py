"""What tests of all features start from."""
