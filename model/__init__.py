"""Words to intent: the tiny causal language model."""
