"""Whether a port can be had, asked before anything else is begun."""

import socket


class PortTaken(Exception):
    """端口已被占用 / the port is taken."""


def require_free(host: str, port: int) -> None:
    """Raise PortTaken when this process cannot listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = (
                f"端口 {port} 无法使用 ({error.strerror}), 请用 --port 指定另一个端口。\n"
                f"Port {port} cannot be used ({error.strerror}); name another one with --port."
            )
            raise PortTaken(message) from None
