"""Writing support requests and cases."""
