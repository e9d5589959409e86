"""What was fetched, on this disk: entries, what they cost, favourites, parcels for elsewhere."""
