"""FORMATS: scenes written as data sets store them."""
