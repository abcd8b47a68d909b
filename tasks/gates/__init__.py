"""Gates at the ends of waves: judged by checks, and asked of people."""
