"""`foreglow simulate`: recordings and scripts in place of the microphone."""
