"""Make a virtual environment on a machine that has little more than python3, gcc and make."""
