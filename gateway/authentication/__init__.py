"""Who may use a connection: every way in, from a token of the environment to tokens that Entra signs."""
