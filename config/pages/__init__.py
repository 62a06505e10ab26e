"""What every page of ours is made of: navigation, lists, filters, export, progress."""
