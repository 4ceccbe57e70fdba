"""The 800 products of the demo, each with GTIN, and the German names of their categories."""

from __future__ import annotations

from portal.integration.demo import range_brands, range_hand, range_measuring, range_power
from portal.integration.demo.check_digits import gtin13
from portal.integration.demo.families import Product, expand

MAKER = "TANNHART"
MULTI_BRAND = "KELMBACH"

# Owner, brand, accent of its drawings, company part of its GTINs, families.
BRANDS = (
    (MAKER, "Tannhart", "#c4571b", 1001, range_hand.FAMILIES + range_measuring.FAMILIES + range_power.FAMILIES),
    (MULTI_BRAND, "Gewindal", "#2d6390", 1002, range_brands.FASTENERS),
    (MULTI_BRAND, "Orvik", "#d9a514", 1003, range_brands.SAFETY),
    (MULTI_BRAND, "Lumbra", "#3f7d4f", 1004, range_brands.LIGHT_AND_HEAT),
    (MULTI_BRAND, "Pinselo", "#a83a55", 1005, range_brands.PAINTING),
)

GERMAN_CATEGORIES = {
    "Hand tools": "Handwerkzeuge",
    "Hammers": "Hämmer",
    "Screwdrivers": "Schraubendreher",
    "Pliers": "Zangen",
    "Spanners": "Schraubenschlüssel",
    "Sockets": "Steckschlüssel",
    "Saws": "Sägen",
    "Chisels and files": "Meißel und Feilen",
    "Knives and scissors": "Messer und Scheren",
    "Clamps": "Zwingen",
    "Measuring": "Messwerkzeuge",
    "Tapes and rules": "Bandmaße und Maßstäbe",
    "Levels": "Wasserwaagen",
    "Marking and checking": "Anreißen und Prüfen",
    "Lasers": "Laser",
    "Workshop": "Werkstatt",
    "Tool boxes": "Werkzeugkästen",
    "Furniture": "Einrichtung",
    "Garden": "Garten",
    "Cutting": "Schneiden",
    "Soil and lawn": "Boden und Rasen",
    "Watering": "Bewässerung",
    "Winter service": "Winterdienst",
    "Axes and firewood": "Äxte und Brennholz",
    "Power tools": "Elektrowerkzeuge",
    "Drills and drivers": "Bohren und Schrauben",
    "Grinders and sanders": "Schleifgeräte",
    "Batteries and chargers": "Akkus und Ladegeräte",
    "Heat and dust": "Heißluft und Absaugung",
    "Accessories": "Zubehör",
    "Drill bits": "Bohrer",
    "Screwdriver bits": "Schrauberbits",
    "Discs": "Scheiben",
    "Saw blades": "Sägeblätter",
    "Abrasives": "Schleifmittel",
    "Fasteners": "Befestigung",
    "Screws": "Schrauben",
    "Plugs and anchors": "Dübel und Anker",
    "Bolts and washers": "Gewindeschrauben und Scheiben",
    "Nails and ties": "Nägel und Binder",
    "Safety": "Arbeitsschutz",
    "Gloves": "Handschuhe",
    "Head, eyes and ears": "Kopf, Augen und Ohren",
    "Shoes and clothing": "Schuhe und Kleidung",
    "Electrical": "Elektro",
    "Light": "Licht",
    "Cable reels and leads": "Kabeltrommeln und Leitungen",
    "Heating": "Heizen",
    "Paint": "Farbe",
    "Brushes and rollers": "Pinsel und Walzen",
    "Tape and sealant": "Klebeband und Dichtstoff",
}


def make_products() -> list[tuple[Product, str]]:
    """Make every product with its GTIN-13, brand by brand, in the order of the ranges."""
    made: list[tuple[Product, str]] = []
    for owner, brand, accent, company, families in BRANDS:
        items = [product for family in families for product in expand(family, owner, brand, accent)]
        made.extend((product, gtin13(company, 10 + 7 * place)) for place, product in enumerate(items))
    return made
