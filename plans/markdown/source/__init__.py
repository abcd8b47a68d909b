"""The text of a document: its outline, its inline marks, and the words, figures and paths in it."""
