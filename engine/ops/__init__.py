"""The operations, a file for each family; each is declared once, with its derivative formulas."""
