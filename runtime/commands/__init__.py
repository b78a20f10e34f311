"""What the command line understands, and the commands that are more than one call."""
