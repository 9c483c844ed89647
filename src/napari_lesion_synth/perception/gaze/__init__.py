"""Where people look: recording it, how far it can be trusted, and what is made of it."""
