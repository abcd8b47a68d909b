"""Text that people and programs wrote: decoded, mended, shortened, and made safe to show."""
