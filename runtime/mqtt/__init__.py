"""MQTT: the broker, and the lamp as Home Assistant sees it (docs/lights.md)."""
