# Compiled rooms alone use it, by dual.pxd; Python has no business here.
