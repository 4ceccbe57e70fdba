"""What a form of the desk posted: words with their file, and that it is meant once."""

from __future__ import annotations

import hashlib

from flask import request
from werkzeug.datastructures import FileStorage

from portal.accounts.document_content import MOST_BYTES
from portal.core.idempotency import IdempotencyKey, new_key, request_hash
from portal.support.forms import MessageForm
from portal.support.rules import Side
from portal.support.service.messages import Words
from tenants.permissions import Capacity
from tenants.principal import Principal

PAGE = 50
OWN_SIDE = {Capacity.SELLER: Side.SELLER, Capacity.BUYER: Side.BUYER, Capacity.BRAND_OWNER: Side.OWNER}
_LONGEST_KEY = 100


def posted_words(form: MessageForm) -> Words:
    """Give the words and the file that came with them."""
    upload = form.file.data
    content = None
    if isinstance(upload, FileStorage) and upload.filename:
        content = upload.stream.read(MOST_BYTES + 1)
        upload.close()
    return Words(form.text.data, content or None)


def posted_once(principal: Principal, words: Words | None, *rest: object) -> IdempotencyKey:
    """Give the key of what was posted: the same form with the same words is meant once, with other ones again."""
    key = request.form.get("idempotency_key", "")[:_LONGEST_KEY] or new_key()
    file = hashlib.sha256(words.attachment).hexdigest() if words and words.attachment else ""
    digest = request_hash(request.path, [key, words.text if words else "", file, *map(str, rest)])
    return IdempotencyKey(scope=principal.caller, key=digest.hex(), request_hash=digest)
