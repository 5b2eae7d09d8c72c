"""From a shop's ordinary tables to evidence: one file per source, one row per thing seen.

A source that cannot tell adds nothing. What a shop's own register would surely have told, such as a
contract, can be counted as absent where the register is complete.
"""
