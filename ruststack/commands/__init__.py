"""The commands, one a file: `ruststack/commands/health.py` is `ruststack health`. To add one, add its file.

Such a module has `app`, a `typer.Typer` with one command (whose docstring is its help), or with several
(`ruststack clock advance`) and an `@app.callback()` whose docstring is that. `rich_help_panel` (Run, Look, State) says
where `ruststack --help` lists it. It is imported when it is asked for, so it may import what it needs at its top; what
is heavy and needed by some of its calls only, it imports there. Where it cannot do its work it raises
`ruststack.refusal.Refused`. A running fleet is asked by `ruststack.control_client`.
"""
