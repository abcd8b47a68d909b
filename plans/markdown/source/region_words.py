"""The words of headings that tell what a section is: one table, so that a new word or language is a new entry.

A word stands once. English plurals are written `s?`; several forms are parts of a pattern.
"""

from typing import NamedTuple


class TopicWords(NamedTuple):
    """Words that tell one thing of a section."""

    sure: tuple[str, ...] = ()
    """Under these nothing is defined, whatever stands there."""
    open: tuple[str, ...] = ()
    """Under these work may be defined: what is named there is named for the first time."""


ONLY_SHOWN = TopicWords(
    sure=(
        "examples?", "templates?", "prompts?", "dashboard", "progress", "changelog", "history", "beispiele?", "exemples?", "ejemplos?",
        "exemplos?", "示例", "模板", "例",
    ),
    open=("messages?", "message formats?", "sample", "dashboards"),
)  # fmt: skip
"""Headings of what a document only shows: it is no statement about the plan."""

PLANWAVES_OWN = TopicWords(
    sure=(
        "tracking", "status", "launch", "commands?", "script", "merge", "file ownership", "ownership", "timeline", "checkpoints?", "gates?",
        "criteria", "success", "next steps", "follow-ups?", "contingency", "legend",
    ),
    open=(
        "launching", "scripts", "git workflow", "git", "branch(?:es|ing)?", "merging", "worktrees?", "shared file strategy", "locks?", "lock strategy",
        "schedule", "estimates?", "sync points?", "synchroni[sz]ation points?", "integration points?", "go/no-go", "actions", "dependenc(?:y|ies)",
        "before starting", "issues found", "workflow", "agent architecture", "agents", "orchestrators?(?: protocol)?", "orchestration", "manual",
    ),
)  # fmt: skip
"""Headings of what planwave does itself: no agent is told."""

FOR_EVERYBODY = TopicWords(
    sure=(
        "risks?", "risk mitigation", "communication(?: protocol| points| plan| rules)?",
        "coordination(?: protocol| mechanisms| rules| strategy| points)?", "protocol", "notes", "background", "current state", "assumptions",
        "ground rules", "rules", "risiken", "kommunikation", "risques", "riesgos", "comunicación", "风险", "沟通", "注意事項", "リスク", "위험",
    ),
    open=(
        "implementation (?:details?|notes?|hints?|guidelines?)", "technical (?:details?|notes?|patterns?|context|approach|decisions?|constraints?)",
        "conventions?", "patterns?", "guidelines?", "constraints?", "principles?", "philosophy", "coding standards?", "standards", "style guide",
        "code style", "key decisions?", "decisions", "architecture", "invariants", "shared (?:resources|context)", "context", "tech stack", "hinweise",
        "konventionen", "remarques", "notas", "convenciones", "riscos", "convenções", "约定", "注意事项", "規約", "備考", "규칙",
    ),
)  # fmt: skip
"""Headings of what every agent should know."""

SPOKEN_OF_AGAIN = TopicWords(
    sure=(
        "time estimate", "mitigation", "procedure", "metrics?", "benefits", "summary", "next actions", "next immediate actions", "outcome", "graph",
        "merge order", "conflicts?", "rollback", "cleanup", "appendix", "log", "validation results", "results", "lessons", "escalation",
        "troubleshooting", "faq", "utilization", "monitoring progress", "how to", "usage", "quick start", "points", "opportunities", "recommendations",
        "recommended", "expected", "retrospective", "glossary", "references", "sequence", "terminals", "sizing", "totals?", "budget", "matrix", "why",
        "insight", "alternatives", "open questions", "verification", "not be implemented", "must not", "not started", "do not", "not yet",
        "blockers?", "burndown", "lessons learned", "allocation", "comparison", "staffing", "onboarding", "standup", "daily", "pre-?flight", "safety",
        "deliverables summary", "effort breakdown", "post-execution", "rollout", "cost", "efficiency", "savings", "bottlenecks?", "backlog",
        "future work", "future enhancements", "out of scope", "non-goals", "definition of done", "done", "tools", "commands reference",
        "contingencies", "fallback", "abhängigkeiten", "merge-fenster", "merge-plan", "reihenfolge", "regeln", "critérios", "critères", "criterios",
        "comunicação", "pontos de sincronia", "sincronização", "conflitos", "conflictos", "conflits", "ordem de execução", "orden de ejecución",
        "cronologia", "erfolg", "zeitplan", "fortschritt", "calendrier", "cronograma", "时间表", "时间安排", "检查点", "验收检查点", "标准", "规则", "进度",
        "时间线", "チェックリスト", "タイムライン", "同期ポイント", "基準", "進捗", "주의사항", "일정", "요약", "커뮤니케이션", "진행",
    ),
)  # fmt: skip
"""Headings under which a document speaks about its jobs again, or about something else."""

ASSIGNMENTS = r"\b(?:agent|task|work|team|worker|track)\s+assignments?\b|\b(?:aufgabenverteilung|asignación|atribuição)\b|任务分配|分工|担当割り当て|작업 분담"
"""A pattern of headings under which work is shared out, whatever the heading above is about."""

ASIDES = r"(?:after|before|once|when|what|why|how|during|prior|upon|if|note|goal|prereq\w*|requirements?|depend\w*|verif\w*|merge\w*|input|output)\b"
"""A pattern of beginnings of headings in a wave under which something else is listed than its jobs."""

PROGRESS = r"\bprogress\b|\bstatus (?:tracking|tracker|board)|\btracking\b|fortschritt|progreso|progression|progresso|进度|進捗|진행"
"""A pattern of headings under which a document wants to see how its jobs stand."""
