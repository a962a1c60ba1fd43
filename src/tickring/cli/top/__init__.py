"""`tickring top`: the live table.

Every frame is composed as lines of styled spans (`frame`), compared with what the terminal shows, and only what
differs is written (`line_painter`). Measured with 500 moving symbols at 120 x 40: 1.4 kB and 3 ms of processor a frame;
rich's own Live, which repaints the table, took 6.4 kB and 38 ms. `tools/top_cost.py` measures it again.
"""
