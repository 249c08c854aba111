"""One file per offer kind: turns a rule document into rows the engine eats."""
