"""The doors of the hub: REST, OpenAPI, pages."""
