"""The pipes both daemons need: clock, settings, logs, tokens, HTTP, MQTT. No shop words here."""
