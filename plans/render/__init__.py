"""Plans and runs as text for people: tables, bars, graphs, and the Markdown of pages."""
