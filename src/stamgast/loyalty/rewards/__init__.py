"""Rewards: what points buy, and claims on the way to the member."""
