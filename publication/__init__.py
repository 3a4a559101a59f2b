"""What people get: snapshots, manifest, series names and events, the report."""
