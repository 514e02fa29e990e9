"""What runs on a schedule: export files in, a published build out."""
