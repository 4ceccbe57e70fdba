"""The own organisation: address, brand before sign-in, logo by content alone, and the log."""

from __future__ import annotations

import html
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from portal.accounts import logo
from portal.core.brand_colours import accent_shades, contrast
from tests.accounts.conftest import page_of
from tests.factories.organisations import make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), **options: object) -> bytes:
    """Give a picture file."""
    file = io.BytesIO()
    Image.new("RGB", size, "#c04000").save(file, format=kind, **options)
    return file.getvalue()


@pytest.fixture
def north(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give a browser of north's administrator."""
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


def save_brand(client: FlaskClient, colour: str, file: bytes | None = None, name: str = "logo.png") -> int:
    """Send the brand form; give the status."""
    data: dict[str, object] = {"accent_colour": colour}
    if file is not None:
        data["logo"] = (io.BytesIO(file), name)
    return client.post("/organisation/brand", data=data).status_code


def test_name_logo_and_colour_stand_on_the_sign_in_page_before_anybody_signs_in(
    app: Flask, north: FlaskClient, world: World
) -> None:
    assert save_brand(north, "#B4541A", picture()) == 302
    page = app.test_client().get(f"/w/{world.north.slug}/").get_data(as_text=True)
    assert 'alt="NORTH name"' in page
    shown = re.search(r'src="(/brand/[^"]+/logo\?v=[0-9a-f]{12})"', page)
    sheet = re.search(r'href="(/brand/[^"]+\.css\?v=[0-9a-f]{12})"', page)
    assert shown is not None
    assert sheet is not None
    answer = app.test_client().get(shown[1])
    assert answer.mimetype == "image/png"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(answer.data)).size == (300, 100)
    shades = accent_shades("#b4541a")
    rules = app.test_client().get(sheet[1])
    assert rules.mimetype == "text/css"
    assert f"--accent: light-dark({shades.day.accent}, {shades.night.accent});" in rules.get_data(as_text=True)


def test_the_buyers_of_a_seller_see_its_brand_and_others_do_not(
    app: Flask, north: FlaskClient, world: World, seed: Seed
) -> None:
    save_brand(north, "#b4541a")
    sheet = f"/brand/{world.north.slug}.css"
    pages = {
        who: sign_in(seed, app.test_client(), world.people[who], getattr(world, who)).get("/").headers["Location"]
        for who in ("anna", "clara")
    }
    for who, home in pages.items():
        client = sign_in(seed, app.test_client(), world.people[who], getattr(world, who))
        assert (sheet in client.get(home).get_data(as_text=True)) is (who == "anna")


def test_the_sign_in_page_of_a_retailer_or_nobody_is_the_same_404(client: FlaskClient, world: World) -> None:
    missing = client.get("/w/no-such-seller/")
    assert missing.status_code == 404
    assert page_of(client.get(f"/w/{world.anna.slug}/"), world.anna.slug) == page_of(missing, "no-such-seller")
    assert client.get(f"/brand/{world.anna.slug}.css").status_code == 404
    assert client.get(f"/brand/{world.anna.slug}/logo").status_code == 404


@pytest.mark.parametrize("colour", ["#ffffff", "#ffee00", "#000000", "#b4541a", "#7f7f7f", "#00ff00", "#0000ff"])
def test_every_colour_becomes_shades_that_can_be_read(colour: str) -> None:
    shades = accent_shades(colour)
    for surface in ("#f8f6f1", "#fffefb", "#f1eee7"):
        assert contrast(shades.day.accent, surface) >= 4.5
    for surface in ("#171613", "#1f1e1a", "#131210", "#282620"):
        assert contrast(shades.night.accent, surface) >= 4.5
    for theme in (shades.day, shades.night):
        assert contrast(theme.ink, theme.accent) >= 4.5
    assert contrast("#1c1b18", shades.day.soft) >= 4.5
    assert contrast("#ece8df", shades.night.soft) >= 4.5


def test_a_readable_colour_is_used_as_it_was_chosen() -> None:
    assert accent_shades("#1d5a43").day.accent == "#1d5a43"
    assert accent_shades("#1d5a43").is_as_chosen is True
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


def test_the_preview_tells_of_a_colour_that_is_too_pale(north: FlaskClient, world: World) -> None:
    assert north.get("/organisation/brand/contrast?accent=%23ffee00").get_data(as_text=True) == (
        "Too pale for text: contrast 1.0 to 1 on paper, 4.5 are needed. #766e09 is used instead."
    )
    rules = north.get("/organisation/brand/preview.css?accent=%23ffee00").get_data(as_text=True)
    assert rules.startswith(".brand-preview { --accent: light-dark(")
    assert "accent=%23ffee00" in north.get("/organisation/brand?accent=%23ffee00").get_data(as_text=True)


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "url(//evil)", "#123456;}body{}"])
def test_what_is_no_colour_is_refused(north: FlaskClient, world: World, seed: Seed, colour: str) -> None:
    assert save_brand(north, colour) == 422
    assert seed.run(text("select accent_colour from organisation where id = :id"), {"id": world.north.id})[0][0] == ""


@pytest.mark.parametrize(
    "file",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        picture("GIF"),
        b"",
        picture("PNG", (5000, 4000)),
    ],
    ids=["svg", "broken gif", "broken png", "gif", "empty", "too many pixels"],
)
def test_a_file_that_is_no_usable_picture_is_refused_whatever_it_is_called(
    north: FlaskClient, world: World, seed: Seed, file: bytes
) -> None:
    assert save_brand(north, "#b4541a", file) == 422
    [row] = seed.run(text("select accent_colour, logo from organisation where id = :id"), {"id": world.north.id})
    assert tuple(row) == ("", None)


def test_a_picture_of_too_many_bytes_is_refused(
    north: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert logo.MOST_BYTES == 1024 * 1024
    monkeypatch.setattr(logo, "MOST_BYTES", len(picture()) - 1)
    assert save_brand(north, "#b4541a", picture()) == 422
    monkeypatch.setattr(logo, "MOST_BYTES", len(picture()))
    assert save_brand(north, "#b4541a", picture()) == 302


def test_a_logo_is_written_anew_so_that_nothing_hidden_is_kept(
    app: Flask, north: FlaskClient, world: World, seed: Seed
) -> None:
    hidden = picture("JPEG", comment=b"<script>alert(1)</script>") + b"<?php hidden ?>"
    assert save_brand(north, "", hidden, "logo.php") == 302
    [row] = seed.run(text("select logo, logo_type from organisation where id = :id"), {"id": world.north.id})
    assert row.logo_type == "image/jpeg"
    assert b"script" not in bytes(row.logo)
    assert b"hidden" not in bytes(row.logo)


def test_a_manufacturer_and_a_retailer_keep_their_own_address(app: Flask, world: World, seed: Seed) -> None:
    data = {"name": "New name", "street": "Neue Straße 1", "country": "AT", "locale": "de", "email": "a@b.example"}
    for who in ("acme", "anna"):
        client = sign_in(seed, app.test_client(), world.people[who], getattr(world, who))
        assert client.post("/organisation/address", data=data).status_code == 302
    rows = seed.run(text("select code, street, country from organisation where name = 'New name' order by code"))
    assert [tuple(row) for row in rows] == [("ACME", "Neue Straße 1", "AT"), ("ANNA", "Neue Straße 1", "AT")]
    changes = seed.run(text("select after from audit_entry where action = 'organisation.address_changed'"))
    assert changes[0].after["street"] == "Neue Straße 1"


@pytest.mark.parametrize("path", ["address", "brand", "audit", "brand/preview.css", "brand/contrast"])
def test_only_administrators_manage_the_organisation(app: Flask, world: World, seed: Seed, path: str) -> None:
    person = make_person(seed, "pia@example.com", (world.north, "manager"))
    client = sign_in(seed, app.test_client(), person, world.north)
    assert client.get(f"/organisation/{path}").status_code == 403
    assert client.get("/organisation/").status_code == 200


def test_the_log_is_the_own_one_newest_first_in_pages(north: FlaskClient, world: World, seed: Seed) -> None:
    statement = text(
        "insert into audit_entry (organisation_id, id, at, actor, action, subject)"
        " select :id, gen_random_uuid(), now() - n * interval '1 minute', 'user:1', 'account.created', :name || n"
        " from generate_series(1, 60) n"
    )
    seed.run(statement, {"id": world.north.id, "name": "own-"})
    seed.run(statement, {"id": world.south.id, "name": "foreign-"})
    page = north.get("/organisation/audit").get_data(as_text=True)
    assert re.findall(r"own-\d+", page) == [f"own-{n}" for n in range(1, 51)]
    assert "foreign" not in page
    cursor = page.split("cursor=")[1].split('"')[0]
    second = north.get(f"/organisation/audit?cursor={cursor}").get_data(as_text=True)
    assert re.findall(r"own-\d+", second) == [f"own-{n}" for n in range(51, 61)]
    assert "own-1" not in north.get("/organisation/audit?refused=yes").get_data(as_text=True)


def test_the_log_is_in_words_and_numbers_of_the_reader(north: FlaskClient, world: World, seed: Seed) -> None:
    statement = text(
        "insert into audit_entry (organisation_id, id, actor, action, subject, before, after) values"
        " (:id, gen_random_uuid(), 'user:1', :action, 'X-1', cast(:before as jsonb), cast(:after as jsonb))"
    )
    lines = [{"line": number, "quantity": "1500.000"} for number in range(1, 8)]
    for action, before, after in (
        ("order.shipped", None, {"shipment_number": "X-1-1", "lines": lines, "whole": False}),
        (
            "price_entries.changed",
            {"entries": [["10-1", "1", None, None, "60.1500"], ["10-2", "6", None, None, "2"]]},
            {"entries": [["10-1", "1", None, None, "61.5"]]},
        ),
        (
            "account.terms_changed",
            {"credit_limit": None, "price_group": "A", "currency": "EUR"},
            {"credit_limit": "7", "price_group": "A", "currency": "EUR"},
        ),
    ):
        values = {"before": None if before is None else json.dumps(before), "after": json.dumps(after)}
        seed.run(statement, {"id": world.north.id, "action": action, **values})
    page = html.unescape(north.get("/organisation/audit").get_data(as_text=True))
    shown = re.findall(r'class="audit-more">(.*?)</small>', page)
    assert sorted(shown) == [
        "Credit limit: – → €7.00",
        "Delivery number: X-1-1",
        "Lines: 1: 1,500; 2: 1,500; 3: 1,500; 4: 1,500; 5: 1,500 and 2 more",
        "Prices: 10-1 (1): 60.15 → 61.5; 10-2 (6): 2 → –",
        "Whole order: no",
    ]
    assert "Order shipped" in page
    assert "Price group" not in "".join(shown)
