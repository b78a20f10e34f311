"""The lamp itself: deciding, switching, and everything a person touches."""
