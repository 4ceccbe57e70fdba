"""The seller's side: products with packagings and pictures, articles, by screen and by API; everything on record."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from tests.factories.catalogue import make_article, make_product
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

PRODUCT = {
    "sku": "H-1",
    "name_de": "Hammer",
    "name_en": "",
    "gtin": "4006381333931",
    "brand": "Tannhart",
    "category": "Tools>Hammers",
    "base_unit": "ea",
    "status": "active",
    "attribute": ["head_weight_g", ""],
    "attribute_value": ["300", ""],
    "unit": ["cs", ""],
    "contains": ["12", ""],
    "packaging_gtin": ["", ""],
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><circle r="4"/></svg>'


@pytest.fixture
def seller(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give a browser in which north's administrator is signed in."""
    return sign_in(seed, client, world.people["north"], world.north)


def png(width: int = 2) -> bytes:
    """Give a small picture."""
    kept = io.BytesIO()
    Image.new("RGB", (width, 2), "red").save(kept, "PNG")
    return kept.getvalue()


def call(client: FlaskClient, method: str, path: str, token: str, body: Any = None) -> Any:
    """Send a call of the API."""
    headers = {"Authorization": f"Bearer {token}"}
    return client.open(f"/api/v1/selling/{path}", method=method, json=body, headers=headers)


def actions(seed: Seed) -> list[tuple[str, str]]:
    """Give (action, subject) of the log."""
    return [tuple(row) for row in seed.run(text("select action, subject from audit_entry order by at, action"))]


def test_a_product_is_created_changed_and_hidden_but_never_deleted(seller: FlaskClient, seed: Seed) -> None:
    answer = seller.post("/selling/catalogue/products/new", data=PRODUCT)
    assert (answer.status_code, answer.location) == (303, "/selling/catalogue/products/H-1")
    [row] = seed.run(text("select * from product"))
    assert (row.category, row.base_unit, row.attributes) == ("Tools > Hammers", "EA", {"head_weight_g": "300"})
    assert [tuple(r) for r in seed.run(text("select unit, contains from packaging"))] == [("CS", 12)]
    page = seller.get("/selling/catalogue/products/H-1").get_data(as_text=True)
    assert "1 case = 12 pieces" in page
    changed = {**PRODUCT, "status": "inactive", "unit": ["pl"], "contains": ["480"], "packaging_gtin": [""]}
    assert seller.post("/selling/catalogue/products/H-1", data=changed).status_code == 303
    assert [tuple(r) for r in seed.run(text("select unit, contains from packaging"))] == [("PL", 480)]
    assert seed.run(text("select status from product")) == [("inactive",)]
    assert seller.delete("/selling/catalogue/products/H-1").status_code == 405
    assert actions(seed) == [("product.created", "H-1"), ("product.changed", "H-1")]
    [(before, after)] = seed.run(text("select before, after from audit_entry where action = 'product.changed'"))
    assert before == {"status": "active", "packagings": ["CS = 12"]}
    assert after == {"status": "inactive", "packagings": ["PL = 480"]}


@pytest.mark.parametrize(
    ("wrong", "text_"),
    [
        ({"gtin": "4006381333930"}, "This is no GTIN"),
        ({"name_de": ""}, "Please fill this in."),
        ({"sku": ""}, "Please fill this in."),
        ({"contains": ["0", ""]}, "Please enter a number above 0"),
        ({"unit": ["EA", ""]}, "This unit is there already."),
        ({"packaging_gtin": ["1", ""]}, "This is no GTIN"),
    ],
)
def test_wrong_fields_are_named_and_what_was_typed_stays(
    seller: FlaskClient, seed: Seed, wrong: dict[str, Any], text_: str
) -> None:
    answer = seller.post("/selling/catalogue/products/new", data={**PRODUCT, **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert text_ in page
    assert 'value="head_weight_g"' in page
    assert seed.run(text("select * from product")) == []


def test_a_taken_sku_is_refused(seller: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.north, "H-1")
    answer = seller.post("/selling/catalogue/products/new", data=PRODUCT)
    assert answer.status_code == 422
    assert "This is taken already." in answer.get_data(as_text=True)


def test_pictures_are_taken_by_content_and_cleaned(seller: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.north, "H-1", name_de="Hammer")
    upload = {**PRODUCT, "picture": (io.BytesIO(SVG), "hammer.png")}
    assert seller.post("/selling/catalogue/products/H-1", data=upload).status_code == 303
    [row] = seed.run(text("select digest, content_type, content from product_picture"))
    assert row.content_type == "image/svg+xml"
    assert b"script" not in bytes(row.content)
    picture = seller.get(f"/pictures/{row.digest}")
    assert (picture.status_code, picture.data) == (200, bytes(row.content))
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert picture.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    again = seller.get(f"/pictures/{row.digest}", headers={"If-None-Match": f'"{row.digest}"'})
    assert (again.status_code, again.data) == (304, b"")
    assert seller.post("/selling/catalogue/products/H-1", data={**PRODUCT, "remove_picture": "yes"}).status_code == 303
    assert seller.get(f"/pictures/{row.digest}").status_code == 404


@pytest.mark.parametrize("content", [b"<html>", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a", png() + b"x" * 1000])
def test_what_is_no_clean_picture_is_refused_and_nothing_else_is_saved(
    seller: FlaskClient, seed: Seed, world: World, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.catalogue.service.products.LARGEST_PICTURE", 1000)
    make_product(seed, world.north, "H-1", name_de="Alt")
    upload = {**PRODUCT, "picture": (io.BytesIO(content), "hammer.png")}
    answer = seller.post("/selling/catalogue/products/H-1", data=upload)
    assert answer.status_code == 422
    assert seed.run(text("select name_de, picture_digest from product")) == [("Alt", "")]


def test_pictures_of_others_do_not_exist(client: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.south, "S-1")
    token = make_token(seed, world.south)
    body = {"content": base64.b64encode(png()).decode()}
    answer = call(client, "PUT", "products/S-1/picture", token, body)
    assert answer.status_code == 200
    digest = answer.get_json()["picture"]
    for code, status in (("clara", 200), ("south", 200), ("north", 404), ("anna", 404), ("dora", 404)):
        browser = sign_in(seed, client.application.test_client(), world.people[code], getattr(world, code))
        assert browser.get(f"/pictures/{digest}").status_code == status, code


def test_a_product_of_an_ancestor_is_listed_under_an_own_number(seller: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.acme, "H-1", name_de="Hammer", name_en="Hammer")
    form = {
        "article": "10-1",
        "sku": "H-1",
        "owner": "",
        "min_quantity": "6",
        "order_multiple": "2",
        "backorder": "allow",
    }
    answer = seller.post("/selling/catalogue/articles/new", data=form)
    assert (answer.status_code, answer.location) == (303, "/selling/catalogue/articles/10-1")
    [row] = seed.run(text("select * from article"))
    facts = (row.seller_id, row.owner_id, row.min_quantity, row.order_multiple, row.backorder, row.status)
    assert facts == (world.north.id, world.acme.id, 6, 2, "allow", "active")
    twice = seller.post("/selling/catalogue/articles/new", data=form)
    assert (twice.status_code, "This is taken already." in twice.get_data(as_text=True)) == (422, True)
    assert seller.post("/selling/catalogue/articles/10-1", data={**form, "status": "inactive"}).status_code == 303
    assert seed.run(text("select status from article")) == [("inactive",)]
    assert actions(seed) == [("article.listed", "10-1"), ("article.changed", "10-1")]


def test_products_of_others_cannot_be_listed_or_opened(seller: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.south, "S-1")
    make_product(seed, world.acme, "A-1")
    make_article(seed, world.south, article_number="SOUTH")
    form = {"article": "10-1", "sku": "S-1", "min_quantity": "1", "order_multiple": "1"}
    answer = seller.post("/selling/catalogue/articles/new", data=form)
    assert "There is no such product that you may list." in answer.get_data(as_text=True)
    for path in ("products/S-1", "products/A-1", "articles/SOUTH"):
        assert seller.get(f"/selling/catalogue/{path}").status_code == 404
        assert seller.post(f"/selling/catalogue/{path}", data=PRODUCT).status_code == 404


def test_lists_filter_page_and_export(seller: FlaskClient, seed: Seed, world: World) -> None:
    product = make_product(seed, world.acme, "H-1", name_en="=Hammer")
    for number in range(51):
        make_article(seed, world.north, product, f"N-{number:02}")
    make_article(seed, world.north, product, "OLD", status="inactive")
    first = seller.get("/selling/catalogue").get_data(as_text=True)
    assert ("N-49" in first, "N-50" in first, 'rel="next"' in first) == (True, False, True)
    falling = seller.get("/selling/catalogue?sort=-article&status=inactive").get_data(as_text=True)
    assert ("OLD" in falling, "N-50" in falling) == (True, False)
    lines = seller.get("/selling/catalogue/articles.csv?q=N-5").get_data(as_text=True).splitlines()
    assert lines[1] == "N-50,ACME,H-1,1,1,deny,active,,'=Hammer,Produkt H-1"
    listable = seller.get("/selling/catalogue/products?unlisted=yes").get_data(as_text=True)
    assert "No product fits" in listable
    table = seller.get("/selling/catalogue/products/products.csv").get_data(as_text=True).splitlines()
    assert len(table) == 2
    assert table[1].startswith("ACME,H-1,,'=Hammer,Produkt H-1,,,EA,active,N-00 N-01")


def test_the_api_does_what_the_screens_do(client: FlaskClient, seed: Seed, world: World) -> None:
    token = make_token(seed, world.north)
    body = {"name_en": "Saw", "attributes": {"teeth": "40"}, "packagings": [{"unit": "CS", "contains": 12}]}
    answer = call(client, "PUT", "products/S-9", token, body)
    shown = {
        "sku": "S-9",
        "name_en": "Saw",
        "name_de": "",
        "gtin": "",
        "description_en": "",
        "description_de": "",
        "brand": "",
        "category": "",
        "base_unit": "EA",
        "attributes": {"teeth": "40"},
        "packagings": [{"unit": "CS", "contains": 12, "gtin": ""}],
        "status": "active",
        "picture": "",
    }
    assert (answer.status_code, answer.get_json()) == (200, shown)
    assert call(client, "GET", "products/S-9", token).get_json() == shown
    listed = call(client, "PUT", "articles/N-9", token, {"sku": "S-9", "min_quantity": 4})
    assert (listed.status_code, listed.get_json()) == (
        200,
        {
            "article": "N-9",
            "sku": "S-9",
            "owner": "NORTH",
            "name_en": "Saw",
            "name_de": "",
            "gtin": "",
            "brand": "",
            "category": "",
            "base_unit": "EA",
            "min_quantity": 4,
            "order_multiple": 1,
            "backorder": "deny",
            "status": "active",
        },
    )
    assert call(client, "PUT", "articles/N-9", token, {"sku": "NONE"}).get_json()["errors"] == [
        {"field": "sku", "reason": "unknown-product"}
    ]
    south = make_token(seed, world.south)
    assert call(client, "GET", "articles/N-9", south).status_code == 404
    assert call(client, "GET", "products/S-9", south).status_code == 404


def test_an_ordered_article_stays_its_product(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    place(client, make_token(seed, world.anna), [("SAW", 1)])
    make_product(seed, world.north, "OTHER")
    answer = call(client, "PUT", "articles/SAW", make_token(seed, world.north), {"sku": "OTHER"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/article-has-orders")


def test_categories_are_shown_in_the_readers_words(seller: FlaskClient, seed: Seed, world: World) -> None:
    make_product(seed, world.north, "H-7", category="Tools > Hammers")
    seed.run(
        text(
            "insert into category_name (owner_id, path, name_en, name_de) values (:owner, 'Tools', 'Tools', 'Werkzeug')"
        ),
        {"owner": world.north.id},
    )
    headers = {"Accept-Language": "de"}
    page = seller.get("/selling/catalogue/products", headers=headers).get_data(as_text=True)
    assert "Werkzeug &gt; Hammers" in page
