"""Papers that people send (receipts) and marks that printed papers carry (QR codes)."""
