"""The HTML edge: a blueprint whose screens each declare capacity and permission, run as the principal and commit once.

    screens = Screens("orders", __name__, capacity=Capacity.SELLER, url_prefix="/selling")

    @screens.screen("/orders/<number>/confirm", Permission.ORDERS_MANAGE, methods=["POST"])
    def confirm(principal: Principal, number: str) -> Response: ...

The view's transaction is committed after it returned normally, before the answer leaves; any exception undoes it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.sansio.app import App
from flask.typing import ResponseReturnValue

from portal.web.request_context import client_address, current_request_id
from tenants.audit import record_refusal
from tenants.authentication import SignedIn, authenticate_browser, authenticate_session, principal_for_person
from tenants.database import act_as, commit_at_edge, rollback_at_edge
from tenants.errors import NotFound, PermissionDenied
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., ResponseReturnValue]
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a route declares; the access matrix has a row for each."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    capacity: Capacity | None
    permission: Permission | None
    """None: open to everybody, or (`signed_in_only`) to everybody signed in."""
    signed_in_only: bool = False
    fresh: bool = False
    """Whether the person must have proven who it is within the last minutes."""


def declarations(app: App) -> dict[str, Declaration]:
    """Give every declared screen by endpoint."""
    known: dict[str, Declaration] = app.extensions.setdefault("screens", {})
    return known


class Screens(Blueprint):
    """A blueprint of HTML screens of one capacity (None: whatever the organisation mainly is)."""

    def __init__(self, name: str, import_name: str, *, capacity: Capacity | None = None, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.capacity = capacity

    def screen(
        self,
        rule: str,
        permission: Permission,
        *,
        methods: Sequence[str] = ("GET",),
        endpoint: str | None = None,
        fresh: bool = False,
    ) -> Callable[[View], View]:
        """Declare a screen for principals that hold the permission; the view takes the Principal first.

        `fresh`: a dangerous act, for which the person proves again who it is unless it just did.
        """

        def declare(view: View) -> View:
            @functools.wraps(view)
            def run(**arguments: Any) -> ResponseReturnValue:
                try:
                    principal = signed_in_principal(self.capacity)
                except ActingOver:
                    return _end_acting()
                if principal is None:
                    return _to_sign_in()
                if g.person.lacks_single_sign_on:
                    return _to_single_sign_on()
                if g.person.lacks_second_factor:
                    return _to_second_factor()
                try:
                    principal.require(permission)
                    if fresh and not g.person.is_fresh:
                        return to_confirmation()
                    return at_edge(lambda: view(principal, **arguments))
                except PermissionDenied:
                    record_refusal(principal, "screen.refused", f"{request.method} {request.path}"[:_LONGEST_SUBJECT])
                    raise

            self._declare(rule, run, view, methods, endpoint, permission=permission, signed_in_only=False, fresh=fresh)
            return view

        return declare

    def public(
        self, rule: str, *, methods: Sequence[str] = ("GET",), endpoint: str | None = None
    ) -> Callable[[View], View]:
        """Declare a screen that anybody may see; the view says in whose context it reads."""

        def declare(view: View) -> View:
            @functools.wraps(view)
            def run(**arguments: Any) -> ResponseReturnValue:
                return at_edge(lambda: view(**arguments))

            self._declare(rule, run, view, methods, endpoint, permission=None, signed_in_only=False)
            return view

        return declare

    def personal(
        self,
        rule: str,
        *,
        methods: Sequence[str] = ("GET",),
        endpoint: str | None = None,
        fresh: bool = False,
        before_second_factor: bool = False,
        changes_proofs: bool = False,
        while_acting: bool = False,
    ) -> Callable[[View], View]:
        """Declare a screen about the signed-in person itself (switcher, sessions); the view takes the SignedIn first.

        `before_second_factor`: also for who still lacks the proof that its organisation demands. `changes_proofs`: it
        concerns what proves the person everywhere, so not in a session that one organisation's identity provider opened.
        `while_acting`: also for who works in a retailer's name just now.
        """

        def declare(view: View) -> View:
            @functools.wraps(view)
            def run(**arguments: Any) -> ResponseReturnValue:
                person = signed_in_person()
                if person is None:
                    return _to_sign_in()
                if person.acting is not None and not while_acting:
                    return _end_acting() if person.acting.is_over else _refuse_acting(person)
                if person.lacks_single_sign_on and (changes_proofs or not before_second_factor):
                    return _to_single_sign_on()
                if person.lacks_second_factor and not before_second_factor:
                    return _to_second_factor()
                if changes_proofs and person.provider_id is not None:
                    return redirect(url_for("your_account.show"))
                if fresh and not person.is_fresh:
                    return to_confirmation()
                return at_edge(lambda: view(person, **arguments))

            self._declare(rule, run, view, methods, endpoint, permission=None, signed_in_only=True, fresh=fresh)
            return view

        return declare

    def _declare(
        self,
        rule: str,
        run: View,
        view: View,
        methods: Sequence[str],
        endpoint: str | None,
        *,
        permission: Permission | None,
        signed_in_only: bool,
        fresh: bool = False,
    ) -> None:
        name = endpoint or view.__name__
        self.add_url_rule(rule, name, run, methods=list(methods))
        declaration = Declaration(
            endpoint=f"{self.name}.{name}",
            rule=(self.url_prefix or "") + rule,
            methods=tuple(methods),
            capacity=self.capacity,
            permission=permission,
            signed_in_only=signed_in_only,
            fresh=fresh,
        )
        self.record(lambda state: declarations(state.app).__setitem__(declaration.endpoint, declaration))


class ActingOver(Exception):
    """The time in which somebody acted on behalf of a retailer is over: what was sent was meant to be done in that name."""


def at_edge(work: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Run the view and end its one transaction: commit after it returned, undo when it raised."""
    try:
        answer = work()
    except BaseException:
        rollback_at_edge()
        raise
    commit_at_edge()
    return answer


def signed_in_person() -> SignedIn | None:
    """Give who is signed in in this browser, looked up once a request."""
    if "person" not in g:
        token = _session_token()
        g.person = authenticate_session(token) if token else None
    person: SignedIn | None = g.person
    return person


def _session_token() -> str | None:
    read_token: Callable[[], str | None] = current_app.extensions["session_token"]
    return read_token()


def signed_in_principal(capacity: Capacity | None) -> Principal | None:
    """Give the person's principal in that capacity and let the session act as it; None when nobody is signed in.

    Raises:
        NotFound: the person's organisation does not act in that capacity: for it the page does not exist.
        ActingOver: the person acted on behalf of a retailer, and may no longer.
    """
    address, request_id = client_address(), current_request_id()
    if "person" in g:
        person = signed_in_person()
        if person is None or person.current is None:
            return None
        _refuse_after_acting(person)
        principal = principal_for_person(
            person, capacity or person.capacities[0], address=address, request_id=request_id
        )
    else:
        token = _session_token()
        g.person, principal = (
            authenticate_browser(token, capacity, address=address, request_id=request_id) if token else (None, None)
        )
        if g.person is None or g.person.current is None:
            return None
        _refuse_after_acting(g.person)
    if principal is None:
        raise NotFound
    act_as(principal)
    g.principal = principal
    return principal


def _refuse_after_acting(person: SignedIn) -> None:
    if person.acting is not None and person.acting.is_over:
        raise ActingOver


def _refuse_acting(person: SignedIn) -> NoReturn:
    """Nothing about the person itself is opened in another's name, and the attempt is noted in that one's log."""
    principal = principal_for_person(
        person, person.capacities[0], address=client_address(), request_id=current_request_id()
    )
    if principal is not None:
        record_refusal(principal, "screen.refused", f"{request.method} {request.path}"[:_LONGEST_SUBJECT])
    raise PermissionDenied(Permission.ORGANISATION_MANAGE)


def _end_acting() -> ResponseReturnValue:
    """The end is noted, and the person told: what it sent is not done in its own organisation's name instead."""
    rollback_at_edge()
    act_as(None)
    end_acting: Callable[[], ResponseReturnValue] = current_app.extensions["end_acting"]
    return end_acting()


def current_principal() -> Principal | None:
    """Give the principal this request runs as, once a screen has set it."""
    principal: Principal | None = g.get("principal")
    return principal


def _to_sign_in() -> ResponseReturnValue:
    rollback_at_edge()
    if request.method in SAFE_METHODS:
        return redirect(url_for("sign_in.show", next=request.full_path.removesuffix("?")))
    # Somebody worked on a form while the session ended: what was typed is kept over the sign-in.
    keep_form: Callable[[], ResponseReturnValue] = current_app.extensions["keep_form"]
    return keep_form()


def _to_second_factor() -> ResponseReturnValue:
    """The organisation demands a second proof: nothing of it is shown before."""
    rollback_at_edge()
    return redirect(url_for("second_factor.demand", next=_wanted_page()))


def _to_single_sign_on() -> ResponseReturnValue:
    """The organisation demands its own identity provider: nothing of it is shown to who came another way."""
    rollback_at_edge()
    return redirect(url_for("single_sign_on.demand", next=_wanted_page()))


def to_confirmation() -> ResponseReturnValue:
    """A dangerous act: the person proves again who it is, and goes on where it was."""
    rollback_at_edge()
    act_as(None)
    g.pop("principal", None)
    if request.method in SAFE_METHODS:
        return redirect(url_for("second_step.confirm", next=_wanted_page()))
    keep_for_confirmation: Callable[[], ResponseReturnValue] = current_app.extensions["keep_for_confirmation"]
    return keep_for_confirmation()


def _wanted_page() -> str | None:
    return request.full_path.removesuffix("?") if request.method in SAFE_METHODS else None
