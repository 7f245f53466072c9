"""Seeds: a YAML file that says which resources there are to be, and what has to be done until they are.

A file is read and checked (`reading`, by `schema.json`); each kind of resource (`buckets`, `tables`, ...) compares what
is said with what there is, in terms of AWS's own API, and yields the changes; `seeding` makes them, or only tells them.
What a seed does not speak of is left alone. See docs/seeds.md.
"""
