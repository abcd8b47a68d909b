"""Plans in YAML (and JSON): from text to values with their lines, from values to a plan, and back to text."""
