"""What every page stands on: account and region, rendering, who is let in, links by ARN, times, tables, live events."""
