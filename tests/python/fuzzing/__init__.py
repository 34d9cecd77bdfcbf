"""Random programs against NumPy: what they are, how they are chosen, and what they are held to."""
