"""What the books must hold, a file for each part of them; loyalty/books.py asks."""
