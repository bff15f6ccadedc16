"""The peers that Pricer's accuracy is compared with, and what is measured of each."""
