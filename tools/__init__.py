"""What the Makefile uses beside the tools from the shelf."""
