"""Programs of organisations: who they are, what people allow them, and the OAuth 2 endpoints by which they get tokens."""
