"""Excel and CSV: rows of text in, sheets without formulas out."""
