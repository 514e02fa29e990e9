"""The invented vocabulary of the sample company: names, places, products and what customers write."""

FIRST_NAMES = [
    "Anna", "Björn", "Cécile", "Daniele", "Élodie", "Fabian", "Göran", "Hélène", "Ivana", "Jürgen", "Karin", "Loïc",
    "Mirjam", "Noël", "Ömer", "Patrícia", "Quentin", "Renée", "Søren", "Teresa", "Ueli", "Verena", "Wanda", "Xaver",
    "Yvonne", "Zoë", "Aoife", "Beat", "Chiara", "Dörte", "Emil", "Françoise", "Gian-Luca", "Heidi", "Inès", "Jörg",
    "Kim", "Lea", "Marie-Claire", "Nils", "Olga", "Peter", "Rahel", "Sven", "Thomas", "Urs", "Vroni", "Walter",
    "Ann", "Siobhán", "Luca", "Nina", "Reto", "Silvia", "Tim", "Laura",
]  # fmt: skip
LAST_NAMES = [
    "O'Neil", "Müller", "Åberg", "Nuñez", "Böhler", "Çelik", "D'Amico", "Ébener", "Fässler", "Grünenfelder", "Häberli",
    "Iseli", "Jäggi", "Künzli", "Lüthi", "Mäder", "Nägeli", "Ødegaard", "Pélissier", "Quadri", "Rösti", "Schönenberger",
    "Tüscher", "Überwasser", "von Gunten", "Wüthrich", "Ypsilanti", "Zürcher", "Ammann-Keller", "Bühler", "Crivelli",
    "Dubois", "Eichenberger", "Favre", "Gößler", "Hofstetter", "Imboden", "Jeanneret", "Kälin", "Lévy", "McKenzie",
    "Niederberger", "Ott", "Pfister", "Rüegg", "Sørensen", "Tschäni", "Ulrich", "Vögeli", "Winkelried", "Zwahlen",
    "Bernasconi", "Chevalley", "Dällenbach", "Fröhlich", "Gutknecht",
]  # fmt: skip
TRANSLITERATED = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "å": "a",
        "Å": "A",
    }
)

# region, weight, country, postal codes and towns, share of customers who prefer English
REGIONS = [
    ("Zürich", 27, "CH", [("8001", "Zürich"), ("8400", "Winterthur"), ("8610", "Uster")], 0.14),
    ("Bern", 15, "CH", [("3011", "Bern"), ("3600", "Thun"), ("2502", "Biel/Bienne")], 0.10),
    ("Basel", 12, "CH", [("4051", "Basel"), ("4410", "Liestal")], 0.16),
    ("Ostschweiz", 9, "CH", [("9000", "St. Gallen"), ("8500", "Frauenfeld")], 0.08),
    ("Innerschweiz", 9, "CH", [("6003", "Luzern"), ("6300", "Zug")], 0.15),
    ("Genève", 7, "CH", [("1204", "Genève")], 0.72),
    ("Vaud", 7, "CH", [("1003", "Lausanne"), ("1800", "Vevey")], 0.66),
    ("Ticino", 4, "CH", [("6900", "Lugano"), ("6600", "Locarno")], 0.45),
    ("Baden-Württemberg", 6, "DE", [("01067", "Konstanz"), ("78462", "Konstanz")], 0.06),
    ("Vorarlberg", 4, "AT", [("6800", "Feldkirch"), ("6900", "Bregenz")], 0.06),
]
STREETS = [
    "Lindenweg",
    "Bahnhofstrasse",
    "Rue du Lac",
    "Via Stazione",
    "Rosenweg",
    "Am Bach",
    "Kirchgasse",
    "Chemin des Prés",
]
COUNTRY_NAMES = {"CH": "Switzerland", "DE": "Germany", "AT": "Austria"}
TRADES = [
    "Bäckerei",
    "Hotel",
    "Praxis",
    "Atelier",
    "Gasthof",
    "Architektur",
    "Kanzlei",
    "Weinhandel",
    "Schreinerei",
    "Café",
]

# name, stock number (leading zeros are meant), price in francs or euros alike
PRODUCTS = [
    ("Soap, lavender", "0001038065", 6.90),
    ("Beeswax candle", "0001038077", 8.50),
    ("Kräutertee, 100 g", "0001039004", 9.80),
    ("Pad-Set", "0001038823", 12.90),
    ("Tea towel, linen", "0001038076", 15.90),
    ("Duftkerze «Arve»", "0001038091", 19.80),
    ("Soap dish, walnut", "0001038102", 24.50),
    ("Pillow case, percale", "0002011010", 29.90),
    ("Table runner, 40 × 140", "0002011090", 36.00),
    ("Badetuch-Set", "0002011101", 44.90),
    ("Brotkasten", "0002011077", 54.00),
    ("Gusseisenpfanne 24 cm", "0002011042", 69.90),
    ("Wool throw, small", "0002011055", 85.00),
    ("Gift box, large", "0003000152", 98.00),
    ("Bettwäsche «Säntis»", "0003000114", 129.00),
    ("Dutch oven, 5 l", "0003000138", 159.00),
    ("Oak stool", "0003000121", 198.00),
    ("Duvet, 160 × 210", "0003000107", 249.00),
    ("Armlehnstuhl «Rigi»", "0003000145", 389.00),
]

TOPICS = [
    "delivery",
    "return",
    "invoice",
    "product question",
    "damaged parcel",
    "account",
    "advice",
    "complaint",
]
PROACTIVE_TOPICS = ["delivery notice", "check-in", "care advice", "late parcel warning"]
SUBJECTS = {
    "de": {
        "delivery": "Wo ist meine Bestellung?",
        "return": "Rücksendung – wie geht das?",
        "invoice": "Frage zur Rechnung",
        "product question": "Frage zum Produkt",
        "damaged parcel": "Paket beschädigt angekommen",
        "account": "Zugang zum Kundenkonto",
        "advice": "Beratung gewünscht",
        "complaint": "So geht das nicht",
        "delivery notice": "Ihre Lieferung kommt morgen",
        "check-in": "Ist alles gut angekommen?",
        "care advice": "So bleibt Ihre Pfanne lange schön",
        "late parcel warning": "Ihr Paket verspätet sich",
    },
    "en": {
        "delivery": "Where is my order?",
        "return": "How do I send this back?",
        "invoice": "A question about my invoice",
        "product question": "Question about a product",
        "damaged parcel": "Parcel arrived damaged",
        "account": "Can't get into my account",
        "advice": "I'd like some advice",
        "complaint": "This is not good enough",
        "delivery notice": "Your delivery arrives tomorrow",
        "check-in": "Did everything arrive well?",
        "care advice": "How to keep your pan for years",
        "late parcel warning": "Your parcel is running late",
    },
}
BODIES = {
    "de": {
        "reactive": [
            "Guten Tag,\nkönnen Sie mir bitte helfen?",
            "Hallo zusammen\nes geht um meine letzte Bestellung.",
            'Bitte um eine Antwort, "am liebsten" heute noch.',
        ],
        "proactive": [
            "Guten Tag,\nwir melden uns von uns aus: bitte lesen Sie kurz weiter.",
            "Grüezi\nwir wollten nur hören, ob alles gut ist.",
            "Damit Sie es zuerst von uns erfahren: hier der Stand.",
        ],
    },
    "en": {
        "reactive": [
            "Hello,\ncould you help me, please?",
            "Hi there\nit's about my last order.",
            'Please answer soon, "ideally" today.',
        ],
        "proactive": [
            "Hello,\nthis is us getting in touch: please read on for a moment.",
            "Hi\nwe just wanted to hear whether all is well.",
            "So that you hear it from us first: this is where things stand.",
        ],
    },
}

COMMENTS = {
    "de": {
        "good": [
            "Sehr freundlich, man fühlt sich ernst genommen.",
            "Die handgeschriebene Karte hat mich gefreut – danke!",
            "Schnell, herzlich, unkompliziert.",
            "Frau am Telefon hat sich richtig Zeit genommen.\nGerne wieder.",
            "Qualität top, Beratung auch.",
            "Endlich jemand, der zuhört.",
        ],
        "middle": [
            "Ist ganz in Ordnung.",
            "Lieferung gut, Verpackung etwas viel.",
            "Könnte persönlicher sein.",
            'Manchmal gut, manchmal weniger; "es kommt darauf an".',
            "Ich musste mein Anliegen zweimal erklären.",
        ],
        "bad": [
            "Paket zweimal beschädigt, niemand hat sich gemeldet.",
            "Ich komme mir vor wie eine Nummer.",
            "Rückerstattung dauert ewig.",
            "Der Ton am Telefon war nicht in Ordnung.",
            "Drei Mails, keine Antwort.",
        ],
        "waiting": [
            "Am Abend im Chat ewig gewartet.",
            "Viermal «einen Menschen bitte» getippt.",
            "Nach 20 Uhr ist niemand mehr da?",
        ],
    },
    "en": {
        "good": [
            "Friendly people, I felt looked after.",
            "The handwritten card made my day, thank you!",
            "Quick, warm and easy.",
            "She really took her time on the phone.\nWill come back.",
            "Great quality, great advice.",
            "Somebody finally listened.",
        ],
        "middle": [
            "It was fine.",
            "Good delivery, a lot of packaging.",
            "Could be more personal.",
            'Sometimes good, sometimes less so; "it depends".',
            "Had to explain my problem twice.",
        ],
        "bad": [
            "Parcel broken twice and nobody called.",
            "I feel like a number.",
            "The refund takes forever.",
            "Not happy with the tone on the phone.",
            "Three e-mails, no answer.",
        ],
        "waiting": [
            "Waited for ages on the evening chat.",
            "I typed 'a person please' four times.",
            "Is nobody there after 8 pm?",
        ],
    },
}
ACT_NOTES = {
    "care call": [
        "Nice chat about the garden",
        "Hat sich sehr gefreut",
        "Wollte nur kurz reden",
        "Asked about her dog",
    ],
    "handwritten note": ["Karte von Hand geschrieben", "She sent a photo of the note on her fridge"],
    "small gift": ["Paket war zweimal kaputt; Blumen geschickt", "Tea for the new flat"],
    "visit": ["Kaffee im Laden", "Showed him the workshop"],
}

BROKEN_NAMES = ["{FIRSTNAME}", "TEST", "n/a", "%%first_name%%"]
WISHES = [
    "Please write, don't ring",
    "Only ring after 17:00",
    "Likes tea, not coffee",
    "Has a dog called Bless",
    "Collects our blue bowls",
    "Bitte nur Deutsch",
    "No gifts, please",
    "Moved house in spring",
]
