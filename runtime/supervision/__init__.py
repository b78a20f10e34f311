"""What stands around the lamp when nobody watches it: systemd, the unit, the log."""
