"""Chaos: runs killed in many ways at many moments, and started again until they are done. Nothing may be lost.

`site` is what is run, `strikes` what is done to it and when, `steps` the moments that have a name, `judge` what must
hold, `record` what is counted, and `storms` brings them together.
"""
