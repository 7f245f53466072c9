"""Amazon SNS, as far as the console asks it: topics, subscriptions, publishing; and what the fleet tells of it."""
