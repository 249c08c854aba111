"""Everything with a cable: ports, supervision, one file per driver."""
