"""What a row can say: every field, what kind of value it holds, and the names columns give it.

Column names are compared in small letters without anything but letters and digits, so `Order-ID`,
`order_id` and `Order ID` are one. Of two columns that could both be a field, the name mentioned
first here wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Kinds of values. A "key" is a name the shop gives; a "text" is words, cut to the field's length.
KEY, TEXT, NUMBER, MOMENT, CURRENCY, FLAG, KIND, STATE, EMAIL = (
    "key",
    "text",
    "number",
    "moment",
    "currency",
    "flag",
    "kind",
    "state",
    "email",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row can say."""

    name: str
    kind: str
    tag: str  # stands before the value in a row's digest; never changes once released
    names: tuple[str, ...]
    length: int = 0


def _f(name: str, kind: str, tag: str, names: str, length: int = 0) -> Field:
    return Field(name, kind, tag, (name.replace("_", ""), *names.split()), length)


_PERSON = (
    _f("first_name", TEXT, "fn", "voornaam billingfirstname givenname", 100),
    _f("infix", TEXT, "ix", "tussenvoegsel middlename", 30),
    _f("last_name", TEXT, "ln", "achternaam surname familyname billinglastname", 100),
    _f("name", TEXT, "nm", "customername klantnaam fullname naam billingname", 230),
    _f("company", TEXT, "co", "bedrijf bedrijfsnaam companyname organisatie billingcompany", 160),
    _f(
        "phone",
        TEXT,
        "ph",
        "telefoon telefoonnummer phonenumber mobile mobiel billingphone tel",
        60,
    ),
    _f("street", TEXT, "st", "straat straatnaam address address1 adres billingaddress1", 120),
    _f("house_number", TEXT, "hn", "huisnummer huisnr houseno", 20),
    _f("postcode", TEXT, "pc", "zip zipcode postalcode billingzip billingpostcode", 20),
    _f("city", TEXT, "ci", "plaats woonplaats stad town billingcity", 80),
    _f("language", TEXT, "la", "taal locale", 5),
    _f(
        "marketing",
        FLAG,
        "mk",
        "acceptsmarketing acceptsemailmarketing buyeracceptsmarketing newsletter nieuwsbrief "
        "marketingconsent emailconsent optin",
    ),
)
_WHO = (
    _f(
        "customer_key",
        KEY,
        "ck",
        "customerid customernumber customerno customernr klantnummer klantnr klantid klantcode "
        "debiteurnummer debiteurnr debiteur relatienummer relatienr clientid clientnumber accountid "
        "accountnumber userid memberid customer klant",
        100,
    ),
    _f(
        "email",
        EMAIL,
        "em",
        "emailaddress customeremail klantemail emailadres mailadres billingemail mail",
        254,
    ),
)
_COUNTRY = _f("country", TEXT, "cy", "land countrycode landcode billingcountry shippingcountry", 40)

ORDERS = (
    _f(
        "number",
        KEY,
        "no",
        "ordernumber orderno ordernr orderid ordercode orderreference orderref bestelnummer bestelnr "
        "bestellingnummer bestellingsnummer bestelid invoiceno invoicenumber invoicenr invoiceid "
        "invoice factuurnummer factuurnr factuur transactionid transactie transactienummer bonnummer "
        "bonnr receiptnumber salesorder order bestelling",
        64,
    ),
    _f(
        "ordered_at",
        MOMENT,
        "at",
        "orderdate orderedon orderdatetime besteldatum orderdatum bestelddatum bestelddop factuurdatum "
        "invoicedate transactiondate transactiedatum purchasedate saledate verkoopdatum aankoopdatum "
        "dateordered createdat created date datum datetime timestamp orderday day dag",
    ),
    _f("kind", KIND, "ki", "type soort linetype ordertype regeltype linekind"),
    *_WHO,
    *_PERSON,
    _COUNTRY,
    _f("currency", CURRENCY, "cu", "valuta currencycode munt ordercurrency"),
    _f("shop", KEY, "sh", "winkel store webshop filiaal storename shopname", 60),
    _f("brand", TEXT, "br", "merk label", 60),
    _f("channel", TEXT, "ch", "kanaal saleschannel verkoopkanaal source bron", 40),
    _f(
        "discount_code",
        TEXT,
        "dc",
        "kortingscode coupon couponcode voucher vouchercode actiecode",
        80,
    ),
    _f("order_discount", NUMBER, "od", "orderkorting totaldiscount totalekorting"),
    _f("shipping", NUMBER, "sp", "shippingcost shippingcosts verzendkosten postage portokosten"),
    _f("refund", NUMBER, "rf", "refundedamount refunded terugbetaald"),
    _f("fees", NUMBER, "fe", "paymentcost paymentfee transactionfee transactiekosten betaalkosten"),
    _f("cancelled", STATE, "ca", "canceled geannuleerd cancelledat canceledat status orderstatus"),
    _f("promised_on", MOMENT, "po", "promiseddate beloofdeleverdatum expecteddelivery"),
    _f("delivered_on", MOMENT, "do", "deliverydate leverdatum afgeleverdop deliveredat bezorgdop"),
    _f("of_order", KEY, "oo", "originalorder originalordernumber oorspronkelijkebestelling", 64),
    _f(
        "sku",
        KEY,
        "sk",
        "productid productcode product artikelnummer artikelnr artikelcode articlenumber itemid "
        "itemnumber itemcode stockcode productnumber productnummer productnr variantid ean artikel "
        "article item",
        80,
    ),
    _f(
        "product_name",
        TEXT,
        "pn",
        "description omschrijving artikelomschrijving productomschrijving productnaam artikelnaam "
        "itemname producttitle title productdescription",
        200,
    ),
    _f(
        "category",
        TEXT,
        "ct",
        "categorie productcategory productcategorie productgroep artikelgroep productgroup",
        120,
    ),
    _f("quantity", NUMBER, "qt", "qty aantal hoeveelheid units stuks pieces"),
    _f(
        "unit_price",
        NUMBER,
        "up",
        "price prijs stuksprijs eenheidsprijs prijsperstuk itemprice verkoopprijs productprice "
        "priceperunit",
    ),
    _f(
        "amount",
        NUMBER,
        "am",
        "linetotal regeltotaal regelbedrag lineamount bedrag total totaal totaalbedrag ordertotal "
        "subtotal omzet revenue sales turnover",
    ),
    _f("discount", NUMBER, "di", "korting kortingsbedrag discountamount linediscount regelkorting"),
    _f("cost", NUMBER, "cs", "costprice unitcost inkoopprijs kostprijs purchaseprice inkoop"),
    _f("vat_rate", NUMBER, "vr", "vat btw btwpercentage btwtarief taxrate vatpercentage btwperc"),
)

CUSTOMERS = (
    *(
        Field(f.name, f.kind, f.tag, (*f.names, "id", "nummer"), f.length)
        if f.name == "customer_key"
        else f
        for f in _WHO
    ),
    *_PERSON,
    _COUNTRY,
    _f("since", MOMENT, "si", "customersince klantsinds createdat created registeredat aangemaakt"),
    _f(
        "birth_date",
        MOMENT,
        "bd",
        "geboortedatum birthday dateofbirth dob verjaardag geboren bornon",
    ),
    _f("marketing_sms", FLAG, "ms", "acceptssmsmarketing smsconsent"),
    _f("marketing_phone", FLAG, "mp", "acceptsphonemarketing phoneconsent belconsent"),
    _f("marketing_post", FLAG, "mo", "acceptspostmarketing postconsent"),
)

PRODUCTS = (
    _f(
        "sku",
        KEY,
        "sk",
        " ".join(next(f for f in ORDERS if f.name == "sku").names) + " id code",
        80,
    ),
    _f(
        "product_name",
        TEXT,
        "pn",
        "name naam " + " ".join(next(f for f in ORDERS if f.name == "product_name").names),
        200,
    ),
    _f(
        "category", TEXT, "ct", " ".join(next(f for f in ORDERS if f.name == "category").names), 120
    ),
    _f("brand", TEXT, "br", "merk vendor manufacturer leverancier", 80),
    _f("price", NUMBER, "up", "listprice salesprice verkoopprijs prijs unitprice adviesprijs"),
    _f("cost", NUMBER, "cs", "costprice unitcost inkoopprijs kostprijs purchaseprice costperitem"),
    _f("vat_rate", NUMBER, "vr", "vat btw btwpercentage btwtarief taxrate vatpercentage"),
    _f("is_charge", FLAG, "ic", "charge kosten"),
    _f("in_stock", FLAG, "st", "opvoorraad available beschikbaar voorradig leverbaar instock"),
    _f("url", TEXT, "ul", "link producturl productlink webadres address", 500),
    _f("is_sole_source", FLAG, "fs", "solesource onlywithus exclusief alleenbijons"),
    _f("is_consumable", FLAG, "fc", "consumable verbruiksartikel"),
    _f("is_platform", FLAG, "fp", "platform basisapparaat"),
)

OF_KIND: Mapping[str, tuple[Field, ...]] = {
    "orders": ORDERS,
    "customers": CUSTOMERS,
    "products": PRODUCTS,
}


def compact(column: str) -> str:
    """Return a column's name as it is compared: small letters and digits, no accents."""
    plain = unicodedata.normalize("NFKD", column).casefold()
    return re.sub(r"[^a-z0-9]", "", plain)


def find(fields: Iterable[Field], columns: Iterable[str]) -> dict[str, str]:
    """Return field to column for every field whose column can be told by its name.

    A column is used once; the names of a field are tried in their order.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(compact(column), column)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for field in fields:
        own = next((by_name[n] for n in field.names if n in by_name), None)
        if own is not None and own not in taken:
            found[field.name] = own
            taken.add(own)
    return found
