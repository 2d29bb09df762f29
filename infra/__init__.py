"""What puts the gateway into Azure: templates, and commands that need nothing but Python and, for some, `az`."""
