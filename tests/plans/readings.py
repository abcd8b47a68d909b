"""Short forms of what a Markdown document is read as, for tests that show a document beside it."""

from textwrap import dedent

from plans.markdown.draft import Draft, DraftJob
from plans.markdown.reader import read_draft


def read(text: str) -> Draft:
    """Read an indented document."""
    return read_draft(dedent(text), "plan.md")


def waves(text: str) -> dict[str, list[str]]:
    """Return the names of the jobs by wave: labels where they have some, else titles."""
    return {f"{wave.word} {wave.key}".strip(): [name(job) for job in wave.jobs] for wave in read(text).waves}


def titles(text: str) -> list[str]:
    """Return the titles of all jobs, in order."""
    return [job.title for job in read(text).jobs]


def needs(text: str) -> dict[str, list[str]]:
    """Return what each job that needs others needs."""
    return {name(job): [name(other) for other in job.after] for job in read(text).jobs if job.after}


def files(text: str) -> dict[str, list[str]]:
    """Return the paths that each job may write; those it creates begin with a `+`."""
    return {
        name(job): [*(f"+{said.text}" for said in job.owns.create), *(said.text for said in job.owns.modify)]
        for job in read(text).jobs
    }


def name(job: DraftJob) -> str:
    """Return a job's label, else its title."""
    return job.key or job.title
