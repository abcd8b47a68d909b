"""The one room of `tasks` that imports Prefect: a run's steps as its flows and tasks, and all that its server keeps.

`prefect_engine.PrefectEngine` implements the protocol `tasks.session.run_log.RunLog` with what stands beside it.
Nothing is imported here, so that whoever wants one part does not pay for the others.
"""
