"""A lamp left alone: a day of sound, and a house in which things break."""
