"""An independent referee for series: random families of records, and the titles that the contract says they yield.

Only `tests.oracle.runs` uses catindex. A family is a few plain facts (`facts`), generated at random (`plans`,
`families`) and written as records of either dialect (`rendering`). The expected titles are computed from the facts by
the rules of section 6 (`titles`, `numbers`, `volumes`, `availability`, `expected`) and compared with the output
(`reading`, `comparison`). Families on which the contract can be read in two ways are discarded (`ambiguities`).

    python -m tests.oracle --families 2000 --seed 1
"""
