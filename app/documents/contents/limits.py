"""What a child process may use; it says so to itself before it reads the first byte."""

import resource

CPU_SECONDS = 10
MEMORY = 512 * 1024 * 1024


def confine() -> None:
    """Little time and memory, and no file at all."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
