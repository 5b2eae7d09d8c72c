"""Tiers: which level a member has, why, and what it gives."""
