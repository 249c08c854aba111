# Compiled rooms alone use it, by alone.pxd; Python has no business here.
