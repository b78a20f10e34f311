"""Sound in: microphone and recordings as blocks on an audio clock."""
