"""The identity map: which id stands for which native record."""
