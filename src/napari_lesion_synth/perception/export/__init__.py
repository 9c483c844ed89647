"""What leaves a study: tables, a BIDS dataset, the paragraph of methods; with codes or without."""
