"""An evaluation on a page: tables, bars, confusion, and the scenes that went worst."""
