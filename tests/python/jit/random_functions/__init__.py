"""Random functions for `stook.jit`: how they are chosen, what they mean, what they are held to."""
