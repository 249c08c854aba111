# Compiled rooms alone use it, by walk.pxd; Python has no business here.
