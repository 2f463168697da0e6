"""What the compatibility tests share: processes, a scripted master, a relay, nginx, settings."""
