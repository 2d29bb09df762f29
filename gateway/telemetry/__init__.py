"""What an operator sees of a running gateway: log lines, correlation ids, traces. Nobody's name and no secret."""
