"""What Pricer is measured against."""
