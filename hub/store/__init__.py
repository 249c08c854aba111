"""Storage: tables, migrations, one transaction per ingest."""
