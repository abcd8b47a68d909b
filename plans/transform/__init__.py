"""Plans made of plans: parts chosen, values changed, and what stays the same through an edit."""
