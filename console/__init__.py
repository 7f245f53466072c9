"""The console: pages in a browser that show what is there, what was asked, and why.

A process of its own that knows the services by their AWS interface and the fleet by its control interface alone
(`interfaces`). `frame` is what every page stands on, `pages` holds a file a page, `templates` their HTML.
"""
