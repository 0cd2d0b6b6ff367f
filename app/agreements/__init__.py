"""Agreements (一项目一协议): drawn up once, signed by both sides over the same hash."""
