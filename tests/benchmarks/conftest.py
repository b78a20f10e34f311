"""torch in one thread, as in tests/model."""

import torch

torch.set_num_threads(1)
