"""What the programme is worth: invitations to join, and benefits of a tier, given by lot."""
