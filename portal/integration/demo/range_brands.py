"""The brands that the multi-brand wholesaler of the demo brings along: fasteners, safety, light and heat, paint."""

from __future__ import annotations

from portal.integration.demo.families import Family, Model

SCREWS = "Fasteners > Screws"
ANCHORS = "Fasteners > Plugs and anchors"
BOLTS = "Fasteners > Bolts and washers"
NAILS = "Fasteners > Nails and ties"
HANDS = "Safety > Gloves"
HEAD = "Safety > Head, eyes and ears"
FEET = "Safety > Shoes and clothing"
LIGHT = "Electrical > Light"
CABLE = "Electrical > Cable reels and leads"
HEAT = "Electrical > Heating"
PAINT = "Paint > Brushes and rollers"
SEAL = "Paint > Tape and sealant"

_GLOVE_SIZES = "size 7~Größe 7|size 8~Größe 8|size 9~Größe 9|size 10~Größe 10|size 11~Größe 11"
_SHOE_SIZES = "|".join(f"size {size}~Größe {size}" for size in range(39, 48))
_WEAR_SIZES = "S|M|L|XL|XXL"

FASTENERS = (
    Family("5110", "screw_box", SCREWS, "Chipboard screw, countersunk, Torx", "Spanplattenschraube, Senkkopf, Torx",
           "Milling ribs below the head, coated thread, yellow chromated. Sold by the box of 200.",
           "Fräsrippen unter dem Kopf, gleitbeschichtetes Gewinde, gelb verzinkt. Im Karton zu 200 Stück.",
           "3.0x16|3.0x20|3.0x30|3.5x20|3.5x30|3.5x40|4.0x25|4.0x30|4.0x40|4.0x50|4.0x60|4.5x40|4.5x50|4.5x60|5.0x50|"
           "5.0x60|5.0x80|6.0x80|6.0x100|6.0x120",
           (240, 1590), "dimension", case=20, cases_on_pallet=48, step=5, unit="BX", weight=2.4),
    Family("5120", "screw_box", SCREWS, "Drywall screw", "Schnellbauschraube",
           "Phosphated, with fine thread for metal studs. Box of 500.",
           "Phosphatiert, mit Feingewinde für Metallprofile. Karton zu 500 Stück.",
           "3.5x25|3.5x35|3.5x45|3.5x55", (490, 890), "dimension", case=12, step=2, unit="BX", weight=1.6),
    Family("5130", "screw_box", SCREWS, "Decking screw, stainless A2", "Terrassenschraube, Edelstahl A2",
           "Fixing thread that pulls the board down. Box of 200.",
           "Fixiergewinde, das die Diele anzieht. Karton zu 200 Stück.",
           "5.0x50|5.0x60|5.5x70", (1690, 2690), "dimension", case=12, unit="BX", season="garden", weight=1.5,
           attributes={"steel": "A2"}),
    Family("5210", "wall_plug", ANCHORS, "Universal wall plug", "Universaldübel",
           "Expands in solid, knots in hollow walls. Box of 100.",
           "Spreizt in Vollbaustoff, knotet im Hohlraum. Karton zu 100 Stück.",
           "5 mm|6 mm|8 mm|10 mm|12 mm|14 mm", (290, 1190), "diameter_mm", case=20, step=5, unit="BX", weight=2.0),
    Family("5220", "wall_plug", ANCHORS, "Cavity anchor", "Hohlraumdübel",
           "For plasterboard, holds 25 kg a point. Box of 25.",
           "Für Gipskarton, trägt 25 kg je Punkt. Karton zu 25 Stück.",
           "M4|M5|M6|M8", (590, 1290), "thread", case=10, step=2, unit="BX", weight=1.0),
    Family("5230", "heavy_anchor", ANCHORS, "Bolt anchor", "Bolzenanker",
           "For cracked and uncracked concrete. Box of 25.",
           "Für gerissenen und ungerissenen Beton. Karton zu 25 Stück.",
           "M8x75|M8x95|M10x90|M10x120|M12x110|M12x145", (1290, 3490), "dimension", case=8, unit="BX", weight=0.8),
    Family("5310", "bolt", BOLTS, "Hexagon bolt 8.8, zinc plated", "Sechskantschraube 8.8, verzinkt",
           "Full thread, DIN 933. Box of 100.", "Vollgewinde, DIN 933. Karton zu 100 Stück.",
           "M6x20|M6x30|M6x40|M8x20|M8x30|M8x40|M8x60|M10x30|M10x50|M10x80|M12x40|M12x80", (590, 3990), "dimension",
           case=10, unit="BX",
           weight=0.9, attributes={"standard": "DIN 933"}),
    Family("5320", "washer", BOLTS, "Washer, zinc plated", "Unterlegscheibe, verzinkt",
           "DIN 125, form A. Box of 200.", "DIN 125, Form A. Karton zu 200 Stück.",
           "M4|M5|M6|M8|M10|M12|M16", (220, 890), "thread", case=20, step=5, unit="BX", weight=1.0,
           attributes={"standard": "DIN 125"}),
    Family("5330", "nut", BOLTS, "Hexagon nut, zinc plated", "Sechskantmutter, verzinkt",
           "DIN 934, strength 8. Box of 100.", "DIN 934, Festigkeit 8. Karton zu 100 Stück.",
           "M4|M5|M6|M8|M10|M12|M16", (190, 1190), "thread", case=20, step=5, unit="BX", weight=1.0,
           attributes={"standard": "DIN 934"}),
    Family("5410", "nail", NAILS, "Wire nail, 2.5 kg", "Drahtstift, 2,5 kg",
           "Bright, countersunk head. Box of 2.5 kg.", "Blank, mit Senkkopf. Karton zu 2,5 kg.",
           "2.2x50|2.8x65|3.1x80|3.8x100|4.6x130|5.5x160", (890, 1190), "dimension", case=8, unit="BX", weight=0.8),
    Family("5420", "cable_tie", NAILS, "Cable ties, pack of 100", "Kabelbinder, 100 Stück",
           "UV-stabilised polyamide.", "UV-beständiges Polyamid.",
           "100 mm|140 mm|200 mm|290 mm|370 mm", (140, 790), "length_mm", case=20, step=5, unit="PK", weight=1.8),
)  # fmt: skip

SAFETY = (
    Family("8110", "glove", HANDS, "Assembly glove, PU coated", "Montagehandschuh, PU-beschichtet",
           "Feels a screw of three millimetres, EN 388.", "Fühlt eine Schraube von drei Millimetern, EN 388.",
           _GLOVE_SIZES, (140, 160), "size", case=60, step=12, unit="PR", weight=2.2,
           attributes={"standard": "EN 388"}),
    Family("8120", "glove", HANDS, "Cut-resistant glove, level D", "Schnittschutzhandschuh, Stufe D",
           "Coated with nitrile foam, for sheet metal and glass.", "Mit Nitrilschaum beschichtet, für Blech und Glas.",
           _GLOVE_SIZES, (490, 520), "size", case=30, step=6, unit="PR", weight=1.2, attributes={"standard": "EN 388"}),
    Family("8130", "glove", HANDS, "Winter glove", "Winterhandschuh",
           "Lined, windproof, keeps its grip in the wet.", "Gefüttert, winddicht, griffig auch bei Nässe.",
           _GLOVE_SIZES, (390, 450), "size", case=30, step=6, unit="PR", season="winter", weight=2.2,
           attributes={"standard": "EN 511"}),
    Family("8210", "helmet", HEAD, "Safety helmet", "Schutzhelm",
           "Six-point harness with ratchet, slots for ear defenders.",
           "Sechspunktgurt mit Drehrad, Aufnahme für Gehörschutz.",
           "white~weiß|yellow~gelb|blue~blau|red~rot|green~grün", (890, 890), "colour", case=10, weight=0.8,
           attributes={"standard": "EN 397"}),
    Family("8220", "glasses", HEAD, "Safety glasses", "Schutzbrille",
           "Anti-fog, scratch-proof, 25 grams.", "Beschlagfrei, kratzfest, 25 Gramm.",
           "clear~klar|grey~grau|yellow~gelb", (390, 490), "lens", case=20, step=5, weight=1.4,
           attributes={"standard": "EN 166"}),
    Family("8230", "ear_defenders", HEAD, "Ear defenders", "Kapselgehörschutz",
           "Soft cushions, folds into the pocket.", "Weiche Polster, faltet sich in die Tasche.",
           "SNR 27|SNR 31|SNR 34", (990, 1990), "attenuation", case=10, weight=0.9, attributes={"standard": "EN 352"}),
    Family("8240", "mask", HEAD, "Dust mask, pack of 10", "Feinstaubmaske, 10 Stück",
           "Folded flat, with valve.", "Flach gefaltet, mit Ventil.",
           "FFP1|FFP2|FFP3", (690, 1890), "class", case=12, step=2, unit="PK", weight=1.6,
           attributes={"standard": "EN 149"}),
    Family("8310", "boot", FEET, "Safety shoe", "Sicherheitsschuh",
           "Plastic cap and metal-free sole, ESD.", "Kunststoffkappe und metallfreie Sohle, ESD.",
           _SHOE_SIZES, (4290, 4290), "size", (Model("low, S3", "halbhoch, S3"), Model("high, S3", "hoch, S3", 1.12)),
           6, unit="PR",
           weight=0.5, attributes={"standard": "EN ISO 20345"}),
    Family("8320", "vest", FEET, "High-visibility vest", "Warnweste",
           "Two reflecting bands, class 2.", "Zwei Reflexstreifen, Klasse 2.",
           _WEAR_SIZES, (290, 340), "size", case=50, step=10, weight=1.2, attributes={"standard": "EN ISO 20471"}),
    Family("8330", "knee_pads", FEET, "Knee pads", "Knieschoner",
           "Gel cushions, straps that do not cut in.", "Gelpolster, Bänder, die nicht einschneiden.",
           "one size~Einheitsgröße", (1490, 1490), "size", case=12, unit="PR", weight=1.0,
           attributes={"standard": "EN 14404"}),
)  # fmt: skip

LIGHT_AND_HEAT = (
    Family("9110", "headlamp", LIGHT, "LED headlamp", "LED-Stirnlampe",
           "Rechargeable, dims by a wave of the hand.", "Aufladbar, dimmt auf einen Wink.",
           "150 lm|300 lm|600 lm", (1190, 3490), "brightness", case=10, season="winter", weight=1.4),
    Family("9120", "torch", LIGHT, "LED torch", "LED-Taschenlampe",
           "Aluminium body, waterproof to one metre.", "Aluminiumgehäuse, wasserdicht bis einen Meter.",
           "100 lm|250 lm|500 lm|1000 lm", (790, 3990), "brightness", case=12, season="winter", weight=1.3),
    Family("9130", "floodlight", LIGHT, "LED site light", "LED-Baustrahler",
           "Stands, hangs or sits on a tripod.", "Steht, hängt oder sitzt auf dem Stativ.",
           "20 W|30 W|50 W|100 W", (1990, 6990), "power_w", case=4, season="winter", weight=1.1),
    Family("9210", "cable_reel", CABLE, "Cable reel", "Kabeltrommel",
           "Rubber cable, four sockets, overheat cut-out.", "Gummikabel, vier Steckdosen, Überhitzungsschutz.",
           "25 m|33 m|40 m|50 m", (3490, 7490), "length_m", case=2, cases_on_pallet=24, weight=0.8),
    Family("9220", "lead", CABLE, "Extension lead", "Verlängerungskabel",
           "H07RN-F, three cores of 1.5 mm².", "H07RN-F, drei Adern mit 1,5 mm².",
           "3 m|5 m|10 m|20 m", (790, 2690), "length_m", case=10, weight=1.2),
    Family("9310", "fan_heater", HEAT, "Fan heater", "Heizlüfter",
           "Ceramic element, frost guard, tip-over switch.", "Keramikelement, Frostwächter, Kippschutz.",
           "2 kW|3 kW|5 kW|9 kW", (2990, 17900), "power", case=2, season="heating", weight=1.5),
    Family("9320", "bleed_key", HEAT, "Radiator bleed key", "Entlüftungsschlüssel",
           "Fits every radiator, with drip cup.", "Passt an jeden Heizkörper, mit Tropfbecher.",
           "5 mm|6 mm", (120, 190), "width_mm", case=50, step=10, season="heating", weight=2.0),
    Family("9330", "pipe_lagging", HEAT, "Pipe insulation, 1 m", "Rohrisolierung, 1 m",
           "Slit, self-adhesive, 50 % according to the heating rules.",
           "Geschlitzt, selbstklebend, 50 % nach Heizungsverordnung.",
           "15 mm|18 mm|22 mm|28 mm|35 mm", (140, 390), "diameter_mm", case=50, step=10, season="heating", weight=1.8),
)  # fmt: skip

PAINTING = (
    Family("9410", "brush", PAINT, "Flat brush", "Flachpinsel",
           "Tapered filaments for water-based paint.", "Konisch geschliffene Borsten für Wasserlacke.",
           "20 mm|30 mm|40 mm|50 mm|60 mm|70 mm|80 mm|100 mm", (190, 890), "width_mm", case=24, step=6,
           season="summer", weight=1.6),
    Family("9420", "roller", PAINT, "Paint roller", "Farbwalze",
           "Woven, without fluff; the core keeps its shape.", "Gewebt, fusselfrei; der Kern bleibt formstabil.",
           "100 mm|150 mm|180 mm|250 mm", (240, 790), "width_mm", case=20, step=5, season="summer", weight=1.6),
    Family("9440", "putty_knife", PAINT, "Putty knife", "Malerspachtel",
           "Stainless blade, ground thin at the edge.", "Rostfreie Klinge, zur Kante dünn geschliffen.",
           "40 mm|60 mm|80 mm|100 mm|120 mm", (290, 690), "width_mm", case=12, step=3, weight=1.1),
    Family("9430", "spray_can", PAINT, "Marking spray, 500 ml", "Markierspray, 500 ml",
           "Sprays upside down, dry in ten minutes.", "Sprüht über Kopf, in zehn Minuten trocken.",
           "yellow~gelb|orange|red~rot|blue~blau|green~grün|white~weiß|black~schwarz", (490, 490), "colour", case=12,
           step=3, weight=1.1,
           attributes={"volume_ml": 500}),
    Family("9510", "tape_roll", SEAL, "Masking tape, 50 m", "Malerkrepp, 50 m",
           "Comes off after two weeks without a trace.", "Löst sich auch nach zwei Wochen ohne Rückstand.",
           "19 mm|25 mm|30 mm|38 mm|50 mm", (190, 490), "width_mm", case=36, step=12, season="summer", weight=2.2),
    Family("9520", "cartridge", SEAL, "Sanitary silicone, 310 ml", "Sanitärsilikon, 310 ml",
           "Resists mould, stays elastic.", "Schimmelhemmend, bleibt elastisch.",
           "white~weiß|transparent|grey~grau|brown~braun|black~schwarz", (390, 390), "colour", case=12, step=6,
           weight=2.0,
           attributes={"volume_ml": 310}),
    Family("9530", "cartridge", SEAL, "Painter's acrylic, 310 ml", "Maleracryl, 310 ml",
           "Can be painted over after one hour.", "Nach einer Stunde überstreichbar.",
           "white~weiß|grey~grau|brown~braun", (190, 210), "colour", case=12, step=6, weight=1.9,
           attributes={"volume_ml": 310}),
)  # fmt: skip
