"""Reading support requests and cases."""
