"""Discount codes, vouchers and gift cards: what they give, on which conditions, and how often."""
