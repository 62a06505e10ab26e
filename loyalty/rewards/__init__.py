"""Rewards: claims (`rewards.claims.claim(...)`) and payments with points (`rewards.payments.hold(...)`)."""
