"""What a scanned text is: in-store labels, GTINs, GS1 element strings and links."""
