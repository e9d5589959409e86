"""How services are asked: one connection for all, WMS, STAC, windows of files on servers."""
