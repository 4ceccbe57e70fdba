"""What both sides of a request share: the list of requests, and what a form posted, which is meant once."""

from __future__ import annotations

import hashlib

from flask import render_template, request
from werkzeug.datastructures import FileStorage

from portal.accounts.document_content import MOST_BYTES
from portal.core.idempotency import IdempotencyKey, new_key, request_hash
from portal.support import words
from portal.support.forms import MessageForm
from portal.support.queries.requests import list_requests
from portal.support.rules import RequestState
from portal.support.service.messages import Words
from portal.web.api.paging import page_of, read_cursor
from tenants.principal import Principal

PAGE = 50
_LONGEST_KEY, _LONGEST_SEARCH = 100, 100


def requests_page(principal: Principal, template: str) -> str:
    """Give the list of requests that the address asks for. The principal is a seller or a buyer."""
    state = RequestState(request.args["state"]) if request.args.get("state") in set(RequestState) else None
    wanted = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
    after = read_cursor(request.args.get("cursor"), 2)
    rows = list_requests(principal, state=state, words=wanted, after=after, limit=PAGE + 1)
    return render_template(
        template,
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.last_at.isoformat(), row.id)),
        q=wanted,
        state=state.value if state else "",
        words=words,
    )


def posted_words(form: MessageForm) -> Words:
    """Give the words and the file that came with them."""
    upload = form.file.data
    content = None
    if isinstance(upload, FileStorage) and upload.filename:
        content = upload.stream.read(MOST_BYTES + 1)
        upload.close()
    return Words(form.text.data, content or None)


def posted_once(principal: Principal, said: Words | None, *rest: object) -> IdempotencyKey:
    """Give the key of what was posted: the same form with the same words is meant once, with other ones again."""
    key = request.form.get("idempotency_key", "")[:_LONGEST_KEY] or new_key()
    file = hashlib.sha256(said.attachment).hexdigest() if said and said.attachment else ""
    digest = request_hash(request.path, [key, said.text if said else "", file, *map(str, rest)])
    return IdempotencyKey(scope=principal.caller, key=digest.hex(), request_hash=digest)
