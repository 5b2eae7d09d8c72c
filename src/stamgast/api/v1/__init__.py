"""Version 1 of the API: all operations together."""

from stamgast.api.contract import Api
from stamgast.api.v1.routers.campaigns import campaigns
from stamgast.api.v1.routers.checkouts import checkouts
from stamgast.api.v1.routers.consents import consents
from stamgast.api.v1.routers.contacts import contacts
from stamgast.api.v1.routers.contracts import contracts
from stamgast.api.v1.routers.customers import customers
from stamgast.api.v1.routers.decisions import decisions
from stamgast.api.v1.routers.efforts import efforts
from stamgast.api.v1.routers.entries import entries
from stamgast.api.v1.routers.interactions import interactions
from stamgast.api.v1.routers.mail import mail
from stamgast.api.v1.routers.me import me
from stamgast.api.v1.routers.members import members
from stamgast.api.v1.routers.orders import orders
from stamgast.api.v1.routers.products import products
from stamgast.api.v1.routers.returns import returns
from stamgast.api.v1.routers.rewards import rewards
from stamgast.api.v1.routers.scores import scores

v1 = Api(
    title="Stamgast",
    version="1",
    urls_namespace="api-v1",
    description=(
        "What a shop's programs tell Stamgast, and what it tells them. Amounts are texts in major "
        'units ("12.50"), days are ISO, moments carry their zone. The same sent twice changes '
        "nothing. What fails is told as problem+json (RFC 9457)."
    ),
)
for operations in (
    me,
    customers,
    consents,
    products,
    orders,
    returns,
    contracts,
    interactions,
    scores,
    campaigns,
    decisions,
    contacts,
    members,
    checkouts,
    entries,
    rewards,
    mail,
    efforts,
):
    v1.add_router("", operations.router)
