"""From typed rows to orders, in the engine: which are new, which changed, what they amount to.

The tables of one file, in the order they come about; each file here adds its step to the one before:

    typed      one row per row of the file (staging)
    said       what every row says of its order and of itself            grouping
    grouped    one row per order: what it says as a whole, its digest    grouping
    state      per order: new, same, changed, or open (not whole here)   comparing
    paired     rows and lines that are one, of changed and open orders   comparing
    person     one row per customer of the file; owner: who that is      people
    goods      one row per product of the file                           amounts
    worked_lines, worked_orders, from bulk_lines, bulk_orders            amounts (sales.in_bulk)

Nothing depends on the order of rows in the file.
"""

from stamgast.importers.orders.handing_over import OrderTables

__all__ = ["OrderTables"]
