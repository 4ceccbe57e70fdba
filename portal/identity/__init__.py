"""Identity providers of organisations: single sign-on by OpenID Connect, and people and groups by SCIM."""
