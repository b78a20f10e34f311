"""torch in one thread, as fine-tuning has it: on matrices as small as the tests' two threads wait for each other."""

import torch

torch.set_num_threads(1)
