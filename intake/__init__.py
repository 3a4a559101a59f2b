"""What arrived: readers, force profiles, quarantine and the demo force."""
