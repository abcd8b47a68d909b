"""What people read of a run: pages, reports, its document with progress, and what to do next."""
