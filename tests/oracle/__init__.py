"""An independent referee for series: random families, and what section 6 of the contract says must become of them.

Nothing here imports catindex, except `tests.oracle.trial`, which runs it. A family is a few plain facts
(`facts`), made at random (`families`), written as records of either dialect (`rendering`), and judged by the rules
(`titles`, `numbers`, `volumes`, `availability`, `verdict`). Families on which the contract can be read in two ways are
left out (`ambiguities`).

    python -m tests.oracle --families 2000 --seed 1
"""
