"""The host: configuration, connections, identity stores, authentication, HTTP shapes and the command line."""
