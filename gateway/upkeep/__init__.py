"""What an operator does with an identity map, beside serving requests."""
