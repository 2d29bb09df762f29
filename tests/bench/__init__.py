"""What requests and starts cost, as ratios: `make bench`. By hand only: nothing here is a test."""
