"""The programme in figures: liability, expected redemption, and what a rule would have done."""
