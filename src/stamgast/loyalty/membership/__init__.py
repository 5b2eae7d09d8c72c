"""Membership: signing in by mail, what members allow, what they miss."""
