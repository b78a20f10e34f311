"""Weights to a bundle that runs without torch."""

import os

# onnxruntime reports usage to its maker unless told not to before its first import; this lamp keeps to itself.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
