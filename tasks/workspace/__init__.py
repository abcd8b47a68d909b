"""The folders in which agents and checks work: made, read from outside, rescued and recycled."""
