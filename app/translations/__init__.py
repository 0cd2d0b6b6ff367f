"""The English words for the Chinese ones, and the tool that finds what lacks them."""
