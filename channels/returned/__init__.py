"""Bounces and complaints that come back as mail, for servers that report by nothing else."""
