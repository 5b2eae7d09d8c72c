"""Referrals: members who bring friends, and what both get for it."""
