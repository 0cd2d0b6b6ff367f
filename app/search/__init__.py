"""Search over projects, organisations, papers and calls, each within what its reader may see."""
