"""The pages of SNS: topics, subscriptions with their filters, publishing, deliveries, and where messages end."""
