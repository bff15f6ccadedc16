"""The compact model: its network, and the recipe that trains it."""
