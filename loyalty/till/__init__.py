"""The till: finding people and codes, signing up, redeeming, goodwill inside an allowance, and undoing all of it."""
