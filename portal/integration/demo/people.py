"""The people of the demo: one plain sign-in for each tier, colleagues in every role, a person for each shop."""

from __future__ import annotations

from random import Random

from portal.integration.demo.channel import mail_domain
from portal.integration.demo.products import MAKER, MULTI_BRAND
from portal.integration.demo.shops import SHOPS_OF, Shop

# The shop behind the retailer's sign-in; its next order falls due on the day of the demo.
DEMO_SHOP = "R-HARMSEN"
ENGLISH_SHOP = "R-OUDEGRACHT"

SIGN_INS = (
    {"tier": "manufacturer", "email": "manufacturer@kontor.example", "password": "kontor-demo-manufacturer"},
    {"tier": "wholesaler", "email": "wholesaler@kontor.example", "password": "kontor-demo-wholesaler"},
    {"tier": "retailer", "email": "retailer@kontor.example", "password": "kontor-demo-retailer"},
)

# Organisation, e-mail, name, role, password. A chain's buyer works for the head office and the branches.
_COLLEAGUES = (
    (MAKER, "manufacturer@kontor.example", "Judith Tannhart", "admin", "kontor-demo-manufacturer"),
    (MAKER, "vertrieb@tannhart.example", "Markus Ohlendorf", "manager", "kontor-demo-manufacturer"),
    (MAKER, "lager@tannhart.example", "Selma Yıldız", "warehouse", "kontor-demo-manufacturer"),
    (MAKER, "marke@tannhart.example", "Philipp Arnsberg", "viewer", "kontor-demo-manufacturer"),
    ("OSTERMOOR", "wholesaler@kontor.example", "Birte Ostermoor", "admin", "kontor-demo-wholesaler"),
    ("OSTERMOOR", "preise@ostermoor.example", "Henning Carstens", "manager", "kontor-demo-wholesaler"),
    ("OSTERMOOR", "einkauf@ostermoor.example", "Imke Thomsen", "buyer", "kontor-demo-wholesaler"),
    ("OSTERMOOR", "lager@ostermoor.example", "Tarek Haddad", "warehouse", "kontor-demo-wholesaler"),
    ("ALPMARK", "subdistributor@kontor.example", "Lukas Hinteregger", "admin", "kontor-demo-subdistributor"),
    ("ALPMARK", "einkauf@alpmark.example", "Theresa Moser", "buyer", "kontor-demo-subdistributor"),
    (MULTI_BRAND, "multibrand@kontor.example", "Friedrich Kelmbach", "admin", "kontor-demo-multibrand"),
    (MULTI_BRAND, "innendienst@kelmbach.example", "Sabine Maurer", "manager", "kontor-demo-multibrand"),
    ("DOORNVELD", "wholesaler.en@kontor.example", "Annelies Doornveld", "admin", "kontor-demo-wholesaler"),
    ("DOORNVELD", "sales@doornveld.example", "Pieter Hoekstra", "manager", "kontor-demo-wholesaler"),
    (DEMO_SHOP, "retailer@kontor.example", "Katrin Harmsen", "admin", "kontor-demo-retailer"),
    (DEMO_SHOP, "laden@harmsen.example", "Ole Wulff", "buyer", "kontor-demo-retailer"),
    (DEMO_SHOP, "chef@harmsen.example", "Jürgen Harmsen", "approver", "kontor-demo-retailer"),
    (ENGLISH_SHOP, "retailer.en@kontor.example", "Bram de Wit", "admin", "kontor-demo-retailer"),
    ("R-PETERSEN", "einkauf@petersen.example", "Gesche Petersen", "admin", "kontor-demo-chain"),
    ("R-PETERSEN-FL", "einkauf@petersen.example", "Gesche Petersen", "buyer", ""),
    ("R-PETERSEN-KI", "einkauf@petersen.example", "Gesche Petersen", "buyer", ""),
    ("R-PETERSEN-RD", "einkauf@petersen.example", "Gesche Petersen", "buyer", ""),
    ("R-PETERSEN-HU", "einkauf@petersen.example", "Gesche Petersen", "buyer", ""),
)  # fmt: skip

_FIRST_GERMAN = (
    "Anna",
    "Torben",
    "Maren",
    "Stefan",
    "Heike",
    "Uwe",
    "Nadine",
    "Carsten",
    "Renate",
    "Murat",
    "Silke",
    "Jonas",
)
_LAST_GERMAN = (
    "Behrens",
    "Wegener",
    "Holst",
    "Krämer",
    "Vogt",
    "Pfeiffer",
    "Lorenz",
    "Seidel",
    "Haas",
    "Brunner",
    "Kowalski",
)
_FIRST_DUTCH = ("Sanne", "Joris", "Femke", "Daan", "Marieke", "Koen", "Lotte", "Ruben")
_LAST_DUTCH = ("van Dam", "Bakker", "Smit", "de Groot", "Mulder", "Claes", "Peeters")


def user_rows(rng: Random) -> list[list[str]]:
    """Give users.csv. The shops' people have no password: they come in by invitation."""
    rows = [list(row) for row in _COLLEAGUES]
    staffed = {row[0] for row in _COLLEAGUES}
    for shops in SHOPS_OF.values():
        rows.extend(_buyer(shop, rng) for shop in shops if shop.code not in staffed)
    return rows


def _buyer(shop: Shop, rng: Random) -> list[str]:
    german = shop.country in {"DE", "AT"}
    first = rng.choice(_FIRST_GERMAN if german else _FIRST_DUTCH)
    last = rng.choice(_LAST_GERMAN if german else _LAST_DUTCH)
    return [shop.code, f"{first.lower()}@{mail_domain(shop.code)}", f"{first} {last}", "admin", ""]
