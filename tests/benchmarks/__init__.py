"""Time and memory of catindex beside xmllint and a plain script. Tests only check that the benchmarks run."""
