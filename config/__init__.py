"""The parts that belong to no app. Importing it loads nothing, so that helper processes start at once."""
