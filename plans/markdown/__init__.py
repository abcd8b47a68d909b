"""Reading plans that people wrote in Markdown, for people: see `docs/dialects.md`.

A text becomes an outline (`outline`), the outline becomes entities (waves, tracks, agents, tasks: `entities`), these
become a draft (`assemble`), further recognisers add what stands elsewhere in the document, and `build` makes the plan.
"""
