"""gunicorn for the limit: as many processes and threads as the portal has, and no logging."""

from __future__ import annotations

import os

bind = f"127.0.0.1:{os.environ['LIMIT_PORT']}"
workers = 2
threads = 4
worker_class = "gthread"
preload_app = True
control_socket_disable = True
keepalive = 5
accesslog = None
loglevel = "warning"
worker_tmp_dir = "/dev/shm"
