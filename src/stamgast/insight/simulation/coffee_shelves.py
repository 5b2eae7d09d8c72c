"""The shelves of the demo shop: an invented Dutch coffee roaster with its web shop."""

from __future__ import annotations

from stamgast.insight.simulation.catalogue import Catalogue, Category, Product, System

SHOP = "Koffiehuis Linde"
CAPSULES = "Luna"

BEANS, GROUND, CUPS = "Koffiebonen", "Gemalen koffie", "Capsules"
TEA, FILTERS, MACHINES = "Thee", "Filters & onderhoud", "Apparaten"
WARE, GIFTS = "Servies & bewaren", "Cadeaupakketten"

CATEGORIES = (
    Category(BEANS, 30, 0.50, 0.35, 0.01, is_resellable=False, has_low_vat=True),
    Category(GROUND, 14, 0.49, 0.45, 0.01, is_resellable=False, has_low_vat=True),
    Category(CUPS, 9, 0.43, 0.9, 0.01, is_resellable=False, has_low_vat=True, only_with=CAPSULES),
    Category(TEA, 17, 0.38, 0.55, 0.008, is_resellable=False, has_low_vat=True),
    Category(FILTERS, 12, 0.42, 0.4, 0.02),
    Category(MACHINES, 2.2, 0.66, 0.0, 0.13),
    Category(WARE, 9, 0.46, 0.35, 0.08),
    Category(GIFTS, 5, 0.47, 0.3, 0.02, is_resellable=False, has_low_vat=True),
)

# category: name, price, popularity; SKUs follow from the category's letters and the row
_RANGE: dict[str, tuple[str, str, tuple[tuple[str, float, float], ...]]] = {
    BEANS: ("KB", SHOP, (
        ("Huismelange 1 kg", 21.95, 9), ("Huismelange 250 g", 6.95, 5),
        ("Donkere Dageraad 1 kg", 22.95, 6), ("Donkere Dageraad 250 g", 7.25, 3),
        ("Ethiopië Sidamo 250 g", 8.95, 4), ("Ethiopië Sidamo 1 kg", 29.95, 2),
        ("Colombia Huila 250 g", 8.50, 3), ("Colombia Huila 1 kg", 28.50, 2),
        ("Brazilië Cerrado 1 kg", 23.95, 4), ("Guatemala Antigua 250 g", 8.75, 2),
        ("Cafeïnevrij Avondrood 250 g", 8.25, 2), ("Espresso Vuurtoren 1 kg", 24.50, 6),
    )),
    GROUND: ("GK", SHOP, (
        ("Huismelange filtermaling 250 g", 6.75, 6), ("Huismelange filtermaling 500 g", 12.50, 6),
        ("Donkere Dageraad filtermaling 500 g", 12.95, 4),
        ("Espresso Vuurtoren gemalen 250 g", 7.50, 3),
        ("Cafeïnevrij Avondrood gemalen 250 g", 8.10, 2), ("French press melange 500 g", 13.50, 3),
        ("Proefpakket vier melanges gemalen", 19.95, 2),
    )),
    CUPS: ("CA", SHOP, (
        ("Luna Lungo 30 capsules", 11.95, 6), ("Luna Espresso 30 capsules", 11.95, 6),
        ("Luna Intens 30 capsules", 12.50, 4), ("Luna Cafeïnevrij 30 capsules", 12.50, 2),
        ("Luna Voordeeldoos 120 capsules", 42.50, 4),
    )),
    TEA: ("TH", "Zonneblad Thee", (
        ("Earl Grey los 100 g", 6.95, 5), ("Engelse ontbijtthee 100 g", 6.50, 4),
        ("Groene thee Sencha 100 g", 8.95, 4), ("Witte thee Pai Mu Tan 50 g", 9.50, 2),
        ("Rooibos sinaasappel 100 g", 6.25, 4), ("Verse munt gedroogd 50 g", 4.95, 3),
        ("Kamille & venkel 75 g", 5.50, 3), ("Gember & citroengras 75 g", 5.95, 4),
        ("Chai kruidenmelange 100 g", 7.50, 3), ("Theeproeverij acht soorten", 17.95, 2),
        ("Piramidezakjes Earl Grey 20 st", 5.75, 4),
    )),
    FILTERS: ("FO", "Witte Molen", (
        ("Filterzakjes nr. 4, 100 st", 3.95, 8), ("Filterzakjes nr. 2, 100 st", 3.75, 4),
        ("Ronde filters 250 st", 8.95, 3), ("Waterfilter voor volautomaat", 16.95, 4),
        ("Ontkalker 500 ml", 9.95, 6), ("Reinigingstabletten 10 st", 8.50, 5),
        ("Melksysteemreiniger 1 l", 12.95, 2),
    )),
    MACHINES: ("AP", "Kamsteen", (
        ("Volautomaat Kamsteen K30", 549.0, 2), ("Espressomachine Kamsteen E12", 289.0, 2),
        ("Filterapparaat Kamsteen F2", 119.0, 4), ("Elektrische koffiemolen M1", 89.0, 6),
        ("Capsuleapparaat Luna Mini", 99.0, 5), ("Melkopschuimer", 49.95, 6),
        ("Waterkoker zwanenhals", 69.95, 4),
    )),
    WARE: ("SB", "Klei & Co", (
        ("Espressokop steengoed", 9.95, 5), ("Cappuccinokop steengoed", 12.50, 5),
        ("Mok Linde", 11.95, 6), ("Theepot gietijzer 0,8 l", 44.95, 2),
        ("French press 1 l", 34.95, 3), ("Voorraadblik koffie 500 g", 16.95, 5),
        ("Theeglas dubbelwandig, 2 st", 18.95, 4), ("Maatschepje hout", 6.95, 4),
        ("Thermosbeker 350 ml", 24.95, 4),
    )),
    GIFTS: ("CP", SHOP, (
        ("Cadeaudoos Kennismaking", 24.95, 6), ("Cadeaudoos Theeliefhebber", 29.95, 4),
        ("Cadeaudoos Barista", 49.95, 3), ("Kerstpakket Koffie & chocola", 34.95, 4),
        ("Brievenbuspakket proeverij", 17.50, 6),
    )),
}  # fmt: skip


def coffee_catalogue() -> Catalogue:
    """Return eight categories, some sixty products and one capsule system."""
    products = tuple(
        Product(
            sku=f"{letters}{row + 1:03d}",
            name=name,
            category=category,
            price=price,
            brand=brand,
            popularity=popularity,
            works_with=CAPSULES if CAPSULES in name else None,
        )
        for category, (letters, brand, rows) in _RANGE.items()
        for row, (name, price, popularity) in enumerate(rows)
    )
    return Catalogue(
        categories=CATEGORIES,
        products=products,
        systems=(System(CAPSULES, device="AP005", owners=0.14, bought_here=0.6, pull=9.0),),
        subscriptions=("KB001", "KB003", "KB012", "GK002"),
        concentration=5.0,
    )
