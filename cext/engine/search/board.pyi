# Compiled rooms alone use it, by board.pxd; Python has no business here.
