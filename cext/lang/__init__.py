"""The words of the shop: pure typed values, no I/O, no clock, no sums.

One word per idea, everywhere; the banned synonyms are refused by tests/tidy:

- item (not product, article, sku) · basket (not cart) · lane (one till position)
- offer (not promotion) · price book (items + prices + offers + effective time)
- on hand · available · tender · hub · store · box

Amounts are integers and carry their unit in the name: `_minor` (minor units of the store's
currency), `_ppm` (parts per million), `_ms` (UTC milliseconds), `_g`, `_ml`, `_n`. A bare
`quantity` is an integer in the item's own `Unit`: thousandths of a piece, grams or millilitres.
"""
