"""Where the set of symbols can come from: one file each, all answering the same question (`origin.SymbolOrigin`)."""
