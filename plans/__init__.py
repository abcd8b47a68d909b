"""The domain, pure: what a plan is, how it is read, checked, scheduled and described."""
