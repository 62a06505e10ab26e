"""Blocks of messages that show coupons and points, one file each (`channels.messages.blocks.Block`)."""
