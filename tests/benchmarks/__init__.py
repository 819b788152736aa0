"""What catindex costs, beside libxml2 alone and beside a plain script. Timings are printed, never a test's verdict."""
