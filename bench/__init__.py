"""Every speed claim, measured beside the peer or the limit it is held against."""
