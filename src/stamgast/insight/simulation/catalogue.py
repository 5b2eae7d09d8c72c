"""What the shop sells: categories with their costs and habits, products with their prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stamgast.insight.simulation.clock import Flags, Floats, Ints


@dataclass(frozen=True)
class Category:
    """One category: how often it is chosen, how many at a time, what it costs, what comes back.

    `cost_share` is cost over the price without the home country's VAT. `extra_quantity` is the mean
    of the Poisson number of units beyond the first. Each unit comes back with chance `return_rate`.
    A category `only_with` a system is bought by owners of that system alone.
    """

    name: str
    popularity: float = 1.0
    cost_share: float = 0.5
    extra_quantity: float = 0.3
    return_rate: float = 0.0
    is_resellable: bool = True
    has_low_vat: bool = False
    only_with: str | None = None


@dataclass(frozen=True)
class Product:
    """One product; its price includes the home country's VAT."""

    sku: str
    name: str
    category: str
    price: float
    brand: str
    popularity: float = 1.0
    works_with: str | None = None


@dataclass(frozen=True)
class System:
    """A device with consumables that fit nothing else: what binds technically.

    A share `owners` of the customers own one; `bought_here` of them bought the device in their
    first order; owners like the consumables `pull` times as much as their popularity says.
    """

    name: str
    device: str
    owners: float = 0.1
    bought_here: float = 0.7
    pull: float = 8.0


@dataclass(frozen=True)
class Catalogue:
    """All categories and products; `concentration` says how alike customers' tastes are.

    Tastes are Dirichlet(concentration x popularity): the higher, the more alike.
    """

    categories: tuple[Category, ...]
    products: tuple[Product, ...]
    systems: tuple[System, ...] = ()
    subscriptions: tuple[str, ...] = ()
    concentration: float = 6.0

    def __post_init__(self) -> None:
        """Refuse doubled names, products without category, empty categories, unknown SKUs."""
        names = [category.name for category in self.categories]
        skus = [product.sku for product in self.products]
        if len(set(names)) < len(names) or len(set(skus)) < len(skus):
            raise ValueError("categories and SKUs must be unique")
        if {product.category for product in self.products} != set(names):
            raise ValueError("every product needs a known category, every category a product")
        unknown = ({s.device for s in self.systems} | set(self.subscriptions)) - set(skus)
        if unknown:
            raise ValueError(f"the catalogue has no product {', '.join(sorted(unknown))}")
        systems = {system.name for system in self.systems}
        if any(c.only_with not in systems for c in self.categories if c.only_with):
            raise ValueError("a category is only with a system that the catalogue does not have")
        if sum(system.owners for system in self.systems) > 1:
            raise ValueError("a customer owns one system at most: the shares of owners exceed 1")
        if all(category.only_with for category in self.categories):
            raise ValueError("at least one category must be open to everyone")

    @cached_property
    def shelf(self) -> Shelf:
        """The products as arrays, ordered by category."""
        return Shelf(self)


class Shelf:
    """The catalogue as arrays, products ordered by category so that one search picks one."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Order the products by category and add up their popularity within it."""
        position = {category.name: i for i, category in enumerate(catalogue.categories)}
        self.products = sorted(catalogue.products, key=lambda p: position[p.category])
        self.index = {product.sku: i for i, product in enumerate(self.products)}
        self.category: Ints = np.array([position[p.category] for p in self.products])
        self.price: Floats = np.array([p.price for p in self.products], dtype=float)
        categories = catalogue.categories
        self.popularity: Floats = np.array([c.popularity for c in categories], dtype=float)
        self.extra_quantity: Floats = np.array([c.extra_quantity for c in categories], dtype=float)
        self.return_rate: Floats = np.array([c.return_rate for c in categories], dtype=float)
        self.cost_share: Floats = np.array([c.cost_share for c in categories], dtype=float)
        self.is_resellable: Flags = np.array([c.is_resellable for c in categories])
        self.has_low_vat: Flags = np.array([c.has_low_vat for c in categories])
        self._weigh()

    def _weigh(self) -> None:
        weight = np.array([p.popularity for p in self.products], dtype=float)
        total = np.bincount(self.category, weight)
        self.weight: Floats = weight / total[self.category]
        # Each category's weights add up to one, so the running sum is category + share within it.
        self._edges = np.cumsum(self.weight)
        last = np.append(np.flatnonzero(np.diff(self.category)), self.category.size - 1)
        self._edges[last] = np.arange(1, total.size + 1)
        self._last = last

    def pick(self, rng: np.random.Generator, category: Ints) -> Ints:
        """Draw a product of each given category, by popularity."""
        picked = np.searchsorted(self._edges, category + rng.random(category.size), side="right")
        return np.asarray(np.minimum(picked, self._last[category]), dtype=np.int64)

    def cost(self, low_vat: float, high_vat: float) -> Floats:
        """Return each product's cost: its category's share of the price without home VAT."""
        vat = np.where(self.has_low_vat, low_vat, high_vat)[self.category]
        return np.round(self.price / (1 + vat / 100) * self.cost_share[self.category], 2)

    def category_mean(self, values: Floats) -> Floats:
        """Return the mean of a product figure per category, weighted by popularity."""
        total = np.bincount(self.category, values * self.weight, minlength=self.popularity.size)
        return total.astype(float)


def plain_catalogue(
    *,
    cost_shares: tuple[float, ...] = (0.45, 0.55, 0.65),
    per_category: int = 5,
    return_rate: float = 0.0,
) -> Catalogue:
    """Return a catalogue without any story: a few categories that differ in cost alone."""
    categories = tuple(
        Category(f"Category {i + 1}", cost_share=share, return_rate=return_rate)
        for i, share in enumerate(cost_shares)
    )
    products = tuple(
        Product(
            sku=f"C{i + 1}-{j + 1:02d}",
            name=f"Product {i + 1}.{j + 1}",
            category=category.name,
            price=round(9.95 + 5.0 * j, 2),
            brand="House brand",
        )
        for i, category in enumerate(categories)
        for j in range(per_category)
    )
    return Catalogue(categories, products)
