"""The lamp itself: deciding, switching, and everything a person touches."""

import os

# Matrices here are small: threads would cost memory and spin, and nothing would be done sooner. numpy's linear algebra
# reads this once, when it is loaded; onnxruntime is told by its own options (export/session.py).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
