"""The 60 retailers of the demo: names, places, how often and how much they buy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shop:
    """A retailer. `every` is days between orders, `size` how much it buys against an average shop.

    `bends` tells what happened lately: nothing, it buys less often (slowing), stopped (lapsed) or began (new).
    """

    code: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    group: str
    every: int
    size: float
    leaning: str = ""
    parent: str = ""
    bends: str = ""


OSTERMOOR = (
    Shop("R-HARMSEN", "Eisenwaren Harmsen", "Mundsburger Damm 41", "22087", "Hamburg", "DE", "FACH", 7, 1.2),
    Shop("R-BRANDT", "Werkzeug-Brandt", "Winterhuder Weg 18", "22085", "Hamburg", "DE", "FACH", 7, 1.5, "Power tools"),
    Shop("R-KLINKE", "Klinke & Co. Baubeschlag", "Hofweg 73", "22085", "Hamburg", "DE", "FACH", 14, 0.9),
    Shop("R-UHLENHORST", "Haushaltswaren Uhlenhorst", "Papenhuder Straße 26", "22087", "Hamburg", "DE", "", 28, 0.5),
    Shop("R-BARMBEK", "Barmbeker Schraubenkontor", "Fuhlsbüttler Straße 112", "22305", "Hamburg", "DE", "FACH", 7, 0.9),
    Shop("R-ELBTOR", "Elbtor Handwerkerbedarf", "Süderstraße 88", "20097", "Hamburg", "DE", "PLUS", 7, 2.0),
    Shop("R-LUEDERS", "Lüders Land & Garten", "Bahnhofstraße 9", "21423", "Winsen", "DE", "FACH", 14, 1.1, "Garden"),
    Shop("R-HEIDETECH", "Heidetechnik Lüneburg", "Bei der Ratsmühle 3", "21335", "Lüneburg", "DE", "FACH", 14, 1.0),
    Shop("R-STADER", "Stader Eisenhandel", "Altländer Straße 44", "21680", "Stade", "DE", "FACH", 14, 0.8,
         bends="slowing"),
    Shop("R-PETERSEN", "Bauhof Petersen Zentrale", "Flensburger Straße 150", "24837", "Schleswig", "DE", "KETTE", 7,
         1.4),
    Shop("R-PETERSEN-FL", "Bauhof Petersen Flensburg", "Husumer Straße 61", "24941", "Flensburg", "DE", "KETTE", 7, 1.3,
         parent="R-PETERSEN"),
    Shop("R-PETERSEN-KI", "Bauhof Petersen Kiel", "Hamburger Chaussee 204", "24113", "Kiel", "DE", "KETTE", 7, 1.5,
         parent="R-PETERSEN"),
    Shop("R-PETERSEN-RD", "Bauhof Petersen Rendsburg", "Kieler Straße 35", "24768", "Rendsburg", "DE", "KETTE", 7, 1.0,
         parent="R-PETERSEN"),
    Shop("R-PETERSEN-HU", "Bauhof Petersen Husum", "Industriestraße 12", "25813", "Husum", "DE", "KETTE", 14, 1.0,
         parent="R-PETERSEN"),
    Shop("R-TRAVE", "Trave Werkzeuge", "Moislinger Allee 55", "23558", "Lübeck", "DE", "FACH", 14, 1.1),
    Shop("R-WISMAR", "Wismarer Werkzeugstube", "Lübsche Straße 20", "23966", "Wismar", "DE", "", 28, 0.7),
    Shop("R-WESERFACH", "Weserfach Bremen", "Hastedter Heerstraße 131", "28207", "Bremen", "DE", "PLUS", 7, 1.6),
    Shop("R-OLDEN", "Oldenburger Eisenkrämer", "Donnerschweer Straße 78", "26123", "Oldenburg", "DE", "FACH", 14, 0.9,
         bends="lapsed"),
    Shop("R-HANNO", "Hanno Industriebedarf", "Vahrenwalder Straße 205", "30165", "Hannover", "DE", "PLUS", 14, 1.5,
         "Accessories"),
    Shop("R-CELLER", "Celler Gartenmarkt", "Wehlstraße 14", "29221", "Celle", "DE", "", 28, 0.9, "Garden", bends="new"),
)  # fmt: skip

ALPMARK = (
    Shop("R-DONAU", "Donau Werkzeugmarkt", "Wiener Straße 67", "4020", "Linz", "AT", "FACH", 7, 1.1),
    Shop("R-GRUBER", "Eisen Gruber", "Landstraße 33", "4020", "Linz", "AT", "FACH", 14, 0.9),
    Shop("R-LEONDING", "Leondinger Baubedarf", "Welser Straße 15", "4060", "Leonding", "AT", "FACH", 14, 0.8),
    Shop("R-SALZACH", "Salzach Technik", "Vogelweiderstraße 71", "5020", "Salzburg", "AT", "FACH", 14, 1.0),
    Shop("R-HALLEIN", "Halleiner Eisenhof", "Salzachtalstraße 8", "5400", "Hallein", "AT", "", 28, 0.6),
    Shop("R-MURTAL", "Murtal Handwerk", "Conrad-von-Hötzendorf-Straße 90", "8010", "Graz", "AT", "FACH", 14, 1.0),
    Shop(
        "R-INNTAL", "Inntal Werkzeug", "Andechsstraße 52", "6020", "Innsbruck", "AT", "FACH", 28, 0.9, bends="slowing"
    ),
    Shop("R-WACHAU", "Wachauer Gartenhaus", "Obere Landstraße 5", "3500", "Krems", "AT", "", 28, 0.7, "Garden"),
)

KELMBACH = (
    Shop("R-SCHLOSSPLATZ", "Werkzeugecke am Schlossplatz", "Königstraße 48", "70173", "Stuttgart", "DE", "PROFI", 7,
         1.0),
    Shop("R-ROTEBUEHL", "Rotebühl Eisenwaren", "Rotebühlstraße 102", "70178", "Stuttgart", "DE", "PROFI", 7, 1.1),
    Shop("R-WESTEND", "Westend Farben & Werkzeug", "Schwabstraße 29", "70197", "Stuttgart", "DE", "", 14, 0.8, "Paint"),
    Shop("R-HESLACH", "Heslacher Handwerksladen", "Böblinger Straße 164", "70199", "Stuttgart", "DE", "PROFI", 14, 0.9),
    Shop("R-NECKAR", "Neckar Arbeitsschutz", "Ulmer Straße 210", "70188", "Stuttgart", "DE", "PROFI", 7, 1.2, "Safety"),
    Shop("R-FILDER", "Filder Technik", "Plieninger Straße 31", "70567", "Stuttgart", "DE", "PROFI", 14, 1.0),
    Shop("R-ESSLING", "Esslinger Schraubenhaus", "Fleischmannstraße 6", "73728", "Esslingen", "DE", "PROFI", 7, 1.3,
         "Fasteners"),
    Shop("R-ALBTOR", "Albtor Baugeräte", "Lederstraße 84", "72764", "Reutlingen", "DE", "PROFI", 14, 1.0),
    Shop("R-TUEBING", "Tübinger Werkzeugkiste", "Reutlinger Straße 42", "72072", "Tübingen", "DE", "", 28, 0.7),
    Shop("R-ULMER", "Ulmer Münsterwerkzeug", "Blaubeurer Straße 63", "89077", "Ulm", "DE", "PROFI", 14, 1.0,
         bends="slowing"),
    Shop("R-HEILBRON", "Heilbronner Handwerkerzentrum", "Neckargartacher Straße 90", "74080", "Heilbronn", "DE",
         "PROFI", 7, 1.4),
    Shop("R-KRAICHGAU", "Kraichgau Elektro & Heizung", "Bahnhofplatz 11", "74889", "Sinsheim", "DE", "", 14, 0.9,
         "Electrical"),
    Shop("R-KARLS", "Karlsruher Baubedarf", "Durlacher Allee 77", "76131", "Karlsruhe", "DE", "PROFI", 14, 1.2),
    Shop("R-BREISGAU", "Breisgau Eisenhandel", "Basler Straße 115", "79100", "Freiburg", "DE", "PROFI", 14, 1.0),
    Shop("R-SCHWARZ", "Schwarzwälder Holz & Werk", "Murgtalstraße 58", "72250", "Freudenstadt", "DE", "", 28, 0.8,
         "Garden"),
    Shop("R-ALLGAEU", "Allgäuer Werkmarkt", "Kotterner Straße 71", "87435", "Kempten", "DE", "PROFI", 14, 0.9,
         bends="lapsed"),
    Shop("R-BODENSEE", "Bodensee Bootsbedarf", "Reichenaustraße 39", "78467", "Konstanz", "DE", "", 28, 0.6,
         bends="new"),
)  # fmt: skip

DOORNVELD = (
    Shop("R-OUDEGRACHT", "De Oudegracht Tools", "Oudegracht 214", "3511 NR", "Utrecht", "NL", "TRADE", 7, 1.1),
    Shop("R-LOMBOK", "Lombok Hardware", "Kanaalstraat 88", "3531 CL", "Utrecht", "NL", "TRADE", 14, 0.8),
    Shop("R-WITTEVROUW", "Wittevrouwen Ironmongers", "Biltstraat 61", "3572 AC", "Utrecht", "NL", "TRADE", 14, 0.9),
    Shop("R-STERRENWIJK", "Sterrenwijk Trade Counter", "Vondellaan 120", "3521 GH", "Utrecht", "NL", "BUYGROUP", 7,
         1.6),
    Shop("R-GOUDA", "Gouda Builders' Supply", "Nieuwe Gouwe 25", "2802 AK", "Gouda", "NL", "BUYGROUP", 7, 1.3),
    Shop("R-VISSER", "Visser Tools Head Office", "Europaweg 180", "2711 EM", "Zoetermeer", "NL", "BUYGROUP", 14, 1.2),
    Shop("R-VISSER-DH", "Visser Tools The Hague", "Laan van Meerdervoort 302", "2563 AH", "Den Haag", "NL", "BUYGROUP",
         7, 1.2,
         parent="R-VISSER"),
    Shop("R-VISSER-RT", "Visser Tools Rotterdam", "Schiekade 77", "3033 BE", "Rotterdam", "NL", "BUYGROUP", 7, 1.4,
         parent="R-VISSER"),
    Shop("R-JORDAAN", "Jordaan Hand Tools", "Rozengracht 133", "1016 LV", "Amsterdam", "NL", "TRADE", 14, 0.9),
    Shop("R-HAARLEM", "Haarlem Garden & Tool", "Spaarndamseweg 40", "2021 CB", "Haarlem", "NL", "", 28, 0.9, "Garden"),
    Shop("R-VELUWE", "Veluwe Workshop Supply", "Stationsstraat 19", "7311 NL", "Apeldoorn", "NL", "TRADE", 14, 1.0,
         bends="slowing"),
    Shop("R-NIJMEGEN", "Waalkade Hardware", "Waalkade 52", "6511 XR", "Nijmegen", "NL", "", 28, 0.7, bends="lapsed"),
    Shop("R-EINDHOVEN", "Strijp Technical", "Torenallee 24", "5617 BD", "Eindhoven", "NL", "BUYGROUP", 14, 1.3,
         "Power tools"),
    Shop("R-ANTWERP", "Scheldt Tool House", "Mechelsesteenweg 145", "2018", "Antwerpen", "BE", "TRADE", 14, 1.1),
    Shop("R-GENT", "Gentse Workshop", "Brusselsesteenweg 88", "9050", "Gent", "BE", "TRADE", 28, 0.8, bends="lapsed"),
)  # fmt: skip

SHOPS_OF: dict[str, tuple[Shop, ...]] = {
    "OSTERMOOR": OSTERMOOR,
    "ALPMARK": ALPMARK,
    "KELMBACH": KELMBACH,
    "DOORNVELD": DOORNVELD,
}
