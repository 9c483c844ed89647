"""Making lesions: shapes, donors, and one file for each method."""
