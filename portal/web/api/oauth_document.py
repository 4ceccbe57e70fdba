"""What the OpenAPI document says of tokens: how programs get, end and examine them, and what scopes are."""

from __future__ import annotations

from typing import Any, Final

from portal.web.problems import MEDIA_TYPE
from tenants.permissions import Scope

_SCOPES: Final = {
    Scope.BUYING_READ: "See articles, own prices and own orders as a buyer",
    Scope.BUYING_WRITE: "Place orders and change the basket as a buyer",
    Scope.BUYING_ADMIN: "Manage the own organisation and its people as a buyer",
    Scope.SELLING_READ: "See accounts, prices, stock and orders as a seller",
    Scope.SELLING_WRITE: "Change accounts, articles, prices and stock, and act on orders as a seller",
    Scope.SELLING_ADMIN: "Manage the own organisation, its people and what it shares as a seller",
    Scope.BRAND_READ: "See what wholesalers share with the brand owner",
    Scope.BRAND_ADMIN: "See and try again what waits or failed behind the screens of the brand owner's channel",
    Scope.BRAND_WRITE: "Offer wholesalers funding and settle their claims as the brand owner",
}

SECURITY_SCHEMES: Final = {
    "token": {
        "type": "oauth2",
        "description": "An access token, or a personal access token that a person made under its account.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {scope.value: text for scope, text in _SCOPES.items()},
            },
            "authorizationCode": {
                "authorizationUrl": "/oauth/authorize",
                "tokenUrl": "/oauth/token",
                "refreshUrl": "/oauth/token",
                "scopes": {scope.value: text for scope, text in _SCOPES.items()},
            },
        },
    },
    "client": {"type": "http", "scheme": "basic"},
}

_SCOPE: Final = "|".join(scope.value for scope in Scope)
_SECRET: Final = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": "^[!-~]+$"}
_CLIENT_ID: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": "^[!-~]+$",
    "description": "Of a program that has no secret; others send both by HTTP Basic.",
}


def _form(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _scope(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(({_SCOPE})( ({_SCOPE}))*)?$", "description": description}


OAUTH_SCHEMAS: Final = {
    "ClientCredentialsForm": _form(
        ["grant_type"],
        grant_type={"type": "string", "enum": ["client_credentials"]},
        scope=_scope("Some of the client's scopes, separated by spaces; all of them when not sent."),
    ),
    "AuthorizationCodeForm": _form(
        ["grant_type", "code", "redirect_uri", "code_verifier"],
        grant_type={"type": "string", "enum": ["authorization_code"]},
        code=_SECRET,
        redirect_uri={**_SECRET, "description": "The same as in the authorization request."},
        code_verifier={
            "type": "string",
            "pattern": "^[A-Za-z0-9._~-]{43,128}$",
            "description": "Whose SHA-256, base64url, was the request's code_challenge.",
        },
        client_id=_CLIENT_ID,
    ),
    "RefreshTokenForm": _form(
        ["grant_type", "refresh_token"],
        grant_type={"type": "string", "enum": ["refresh_token"]},
        refresh_token={**_SECRET, "description": "Works once; used again, it ends the whole grant."},
        scope=_scope("Fewer scopes for this access token; those of the grant when not sent."),
        client_id=_CLIENT_ID,
    ),
    "TokenForm": {
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"}
            for name in ("ClientCredentialsForm", "AuthorizationCodeForm", "RefreshTokenForm")
        ]
    },
    "Token": {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"type": "string", "enum": ["Bearer"]},
            "expires_in": {"type": "integer", "description": "Seconds."},
            "scope": {"type": "string"},
            "refresh_token": {"type": "string", "description": "Of a program that acts for a person."},
        },
    },
    "TokenQuestion": _form(
        ["token"],
        token=_SECRET,
        token_type_hint={"type": "string", "enum": ["access_token", "refresh_token"]},
        client_id=_CLIENT_ID,
    ),
    "TokenDescription": {
        "type": "object",
        "required": ["active"],
        "properties": {
            "active": {"type": "boolean", "description": "Whether it could do anything now."},
            "client_id": {"type": "string"},
            "scope": {"type": "string"},
            "iat": {"type": "integer", "description": "Given at, in seconds since 1970."},
            "exp": {"type": "integer", "description": "Good until, in seconds since 1970."},
            "token_type": {"type": "string", "enum": ["Bearer"]},
            "username": {"type": "string", "description": "The e-mail address of the person it acts for."},
        },
    },
    "TokenProblem": {
        "description": "A problem that carries the members of RFC 6749 as well.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "required": ["error", "error_description"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    },
}


def oauth_paths(usual_problems: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the endpoints of OAuth; `usual_problems` are the answers that any of them may give as well."""
    return {
        "/oauth/token": {
            "post": _operation(
                "issue_token",
                "Get an access token",
                "By OAuth 2: client credentials, a person's code (with PKCE, S256) or a refresh token. A client with a secret "
                "authenticates by HTTP Basic; an access token lives one hour, a refresh token 30 days and works once.",
                "TokenForm",
                "Token",
                usual_problems,
            )
        },
        "/oauth/revoke": {
            "post": _operation(
                "revoke_token",
                "End a token",
                "RFC 7009: of the client that asks; with a refresh token its whole grant ends. A token that there is not is "
                "answered alike.",
                "TokenQuestion",
                "",
                usual_problems,
            )
        },
        "/oauth/introspect": {
            "post": _operation(
                "introspect_token",
                "Ask what a token is worth",
                "RFC 7662, for a client with a secret and its own tokens.",
                "TokenQuestion",
                "TokenDescription",
                usual_problems,
            )
        },
    }


def _operation(
    name: str, summary: str, description: str, form: str, answer: str, usual_problems: dict[str, Any]
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "OK"}
    if answer:
        done["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    sent = {"application/x-www-form-urlencoded": {"schema": {"$ref": f"#/components/schemas/{form}"}}}
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "tags": ["tokens"],
        "security": [{"client": []}, {}],
        "requestBody": {"required": True, "content": sent},
        "responses": {
            "200": done,
            "400": _problem("The form is not right, or what it names cannot be granted."),
            "401": _problem("The client is unknown, its secret is wrong, or its organisation is inactive."),
            **usual_problems,
        },
    }


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/TokenProblem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
