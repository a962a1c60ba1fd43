"""`tickring report`: what happened since yesterday, on one page."""
