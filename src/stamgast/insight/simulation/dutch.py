"""Dutch words for made-up people: names, streets, towns, and what they write.

The names are common ones, put together by chance. Telephone numbers begin with 06-00, which no
network hands out (mobile numbers begin with 06-1 to 06-5 and 06-8). E-mail addresses lie in the
domains that RFC 2606 keeps for examples. Street, number, postcode and town are drawn apart, so
together they are nobody's address.
"""

from __future__ import annotations

_FIRST_NAMES = """
    Aafke Abel Adam Aisha Alex Amber Amina Anna Anne Anouk Arjan Arthur Astrid Babette Bart Bas Bea
    Ben Bilal Bo Bram Brigitte Britt Carla Carlijn Chantal Cor Daan Daniel David Demi Dewi Diederik
    Dirk Eefje Elif Elin Elise Ella Els Emma Eric Esmee Esther Eva Evert Fatima Femke Fenna Fien
    Fleur Floor Floris Frank Freek Froukje Geert Gerda Gijs Guus Hanna Hanneke Hans Harm Hassan
    Heleen Henk Hugo Ibrahim Ilse Imane Inge Ingrid Iris Isa Ivo Jaap Jan Janneke Jasmijn Jasper
    Jelle Jeroen Jesse Jip Joke Jolanda Joost Joris Josien Judith Julia Karel Karin Kees Kim Klaas
    Koen Lars Laura Leo Leonie Lieke Lisa Loes Lotte Lucas Luuk Maaike Maarten Marieke Marijn Mark
    Marloes Marwa Mats Meike Merel Micha Mieke Mila Milan Mohamed Naomi Nienke Niels Nina Noah Noor
    Nora Olivier Paul Petra Pien Pieter Puck Quinten Rachid Ravi Remco Rianne Richard Rik Robin Roos
    Rosa Ruben Samira Sander Sanne Sara Saskia Sem Silke Simone Sjoerd Sofie Stijn Sven Tamara Teun
    Thijs Thomas Tim Tineke Tom Tess Vera Victor Wietske Willem Willemijn Wouter Xander Yara Yasmin
    Youssef Yvonne
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())

# infix and name; a dot stands for a space, so that the list stays readable
_SURNAMES = """
    Aalbers Akkerman Bakker Baas de/Beer van.den/Berg Bergsma van/Beek Bijl de/Boer Boersma Bos
    van.den/Bosch Bouwman ten/Brink de/Bruijn van.den/Broek Brouwer de/Bruin Dekker van/Dam Dijkstra
    van/Dijk Doorn van/Doorn van.der/Eijk Evers van/Es Faber Fransen Gerritsen de/Graaf Groen
    de/Groot Haan de/Haan van.der/Heijden Hendriks van.den/Heuvel van.der/Horst Hoekstra Hofman
    Huisman in.'t/Veld Jacobs Jansen Janssen de/Jong de/Jonge Jonker Kaya Keizer Klaver Koning
    Koster Kok Kramer van/Kampen Kuiper Kuipers van.der/Laan Lammers de/Lange van/Leeuwen
    van.der/Linden van/Loon Maas Martens Meijer van.der/Meer Meulenbelt van.der/Meulen Mol Molenaar
    Mulder Nagel Nijland van/Noord Oosterhof Otten den/Ouden Peeters Peters van.der/Ploeg Poelman
    Postma Prins Pronk Ramdin van.der/Ree van/Rijn de/Rooij Roos Sanders Schipper Scholten Schouten
    van/Schaik Sietsma Smit Smits van/Son Stam van/Straten Timmer Timmermans ter/Horst van/Tol
    Tuinstra Uitenbroek Verbeek Verhoeven Vermeer Vermeulen van/Veen Visser Vlieger de/Vos Vos
    de/Vries van.'t/Hof van.der/Wal Wagenaar Walstra van/Wijk van.der/Werf Willems de/Winter de/Wit
    Wolters Yildiz Zandstra Zijlstra van.der/Zee van/Zanten
"""
SURNAMES = tuple(
    (infix.replace(".", " "), name)
    for infix, _, name in (entry.rpartition("/") for entry in _SURNAMES.split())
)

_STREETS = """
    Akkerweg Appelhof Asterstraat Beukenlaan Bloemstraat Boslaan Brugstraat Buitenhof Dahliastraat
    Dorpsstraat Duinweg Eikenlaan Elzenhof Essenpad Fazantlaan Grachtkade Haagbeuk Havenstraat
    Heideweg Hoogstraat Iepenplein Industrieweg Irisplein Kastanjelaan Kerkstraat Klaverweide
    Korenbloem Kwartelstraat Lindelaan Lijsterbes Marktplein Meidoornweg Merelhof Molenstraat
    Molenweg Nieuwstraat Oosteinde Oranjestraat Parklaan Pastorieweg Populierenlaan Prinsenhof
    Reigerlaan Rietkraag Ringdijk Rozenstraat Schoolstraat Singelweg Spoorlaan Stationsplein
    Torenstraat Tulpstraat Veldweg Vlinderpad Vogelkers Waterkant Westeinde Wilgenlaan Zandpad
    Zonnehof
"""
STREETS = tuple(_STREETS.split())

# town and the first postcode of its range, per country; the shop's own town comes first
TOWNS: dict[str, tuple[tuple[str, int], ...]] = {
    "NL": (
        ("Utrecht", 3511), ("Amsterdam", 1011), ("Rotterdam", 3011), ("Den Haag", 2511),
        ("Eindhoven", 5611), ("Groningen", 9711), ("Tilburg", 5011), ("Almere", 1311),
        ("Breda", 4811), ("Nijmegen", 6511), ("Arnhem", 6811), ("Haarlem", 2011),
        ("Amersfoort", 3811), ("Zwolle", 8011), ("Leiden", 2311), ("Maastricht", 6211),
        ("Deventer", 7411), ("Leeuwarden", 8911), ("Middelburg", 4331), ("Hoorn", 1621),
        ("Zeist", 3701), ("Gouda", 2801), ("Assen", 9401), ("Venlo", 5911),
        ("Alkmaar", 1811), ("Delft", 2611), ("Apeldoorn", 7311), ("Enschede", 7511),
    ),
    "BE": (
        ("Antwerpen", 2000), ("Gent", 9000), ("Leuven", 3000), ("Brugge", 8000),
        ("Mechelen", 2800), ("Hasselt", 3500), ("Turnhout", 2300), ("Kortrijk", 8500),
    ),
    "DE": (
        ("Kleve", 47533), ("Nordhorn", 48527), ("Aachen", 52062), ("Köln", 50667),
        ("Münster", 48143), ("Duisburg", 47051), ("Emden", 26721), ("Krefeld", 47798),
    ),
}  # fmt: skip

COMPANY_FORMS = ("Kantoor {}", "{} Advies", "Bureau {}", "Studio {}", "{} & Zonen", "Praktijk {}")

STAFF = ("Sanne", "Youssef", "Marit", "Teun")

COMPLAINTS: dict[str, tuple[str, ...]] = {
    "late_delivery": (
        "Pakket is niet op de beloofde dag gekomen.",
        "Wacht al dagen op de bestelling, volgen geeft geen nieuws.",
        "Bezorger is niet langs geweest, ik was wel thuis.",
    ),
    "damaged": (
        "De zak was gescheurd, de doos zat vol bonen.",
        "Kan kwam gebroken aan.",
        "Doos was nat en ingedeukt.",
    ),
    "wrong_item": (
        "Kreeg gemalen koffie in plaats van bonen.",
        "Er zat een ander artikel in de doos.",
        "Eén van de artikelen ontbreekt.",
    ),
    "quality": (
        "Smaakt anders dan de vorige keer.",
        "Datum is bijna verstreken.",
        "Apparaat lekt na twee keer gebruiken.",
    ),
    "invoice": (
        "De korting is niet verrekend.",
        "Er is twee keer afgeschreven.",
    ),
}

QUESTIONS = (
    "Vraagt welke maling past bij een filterapparaat.",
    "Vraagt of de bestelling nog te wijzigen is.",
    "Wil weten hoe lang de bonen houdbaar zijn.",
    "Vraagt om een kopie van de factuur.",
    "Vraagt of we ook op zaterdag bezorgen.",
    "Wil het bezorgadres aanpassen.",
)
CALLS = (
    "Gebeld om te vragen of alles naar wens is.",
    "Teruggebeld over de vraag van gisteren.",
    "Gebeld over de verlenging, denkt erover na.",
)
NOTES = (
    "Houdt van donkere branding.",
    "Bestelt vaak voor de hele familie.",
    "Liever mailen dan bellen.",
    "Haalt soms in de winkel op.",
    "Drinkt sinds kort cafeïnevrij.",
)
REMARKS_HIGH = (
    "Heerlijke koffie en altijd snel in huis.",
    "Vriendelijke mensen, ik kom graag terug.",
    "Jullie denken echt mee.",
)
REMARKS_LOW = (
    "Te lang moeten wachten.",
    "Elders goedkoper.",
    "Niemand reageerde op mijn vraag.",
)
