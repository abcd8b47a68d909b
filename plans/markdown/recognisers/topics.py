"""The headings and words that the recognisers look for: tables, so that a new phrase or language is a new entry."""

import re


def topic(*words: str) -> re.Pattern[str]:
    """Make a pattern that finds one of some words or phrases, whole."""
    every = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{every})(?![^\W_])", re.IGNORECASE)


NOT_MEANT = topic(
    "examples?", "templates?", "messages?", "message formats?", "sample", "prompts?", "dashboards?", "progress", "changelog", "history",
    "beispiele?", "exemples?", "ejemplos?", "exemplos?", "示例", "模板", "例",
)  # fmt: skip
"""Headings of what a document only shows: it is no statement about the plan."""

DECISIONS = topic(
    "go/no-go", "go / no-go", "go-no-go", "go no go", "go or no-go", "decision points?", "approvals?", "approval gates?", "sign-offs?",
    "freigaben?", "décisions?", "aprobaciones", "决策点",
)  # fmt: skip
"""Headings under which somebody has to decide."""

CHECKPOINTS = topic(
    "checkpoints?", "check points?", "sync(?:hroni[sz]ation)? points?", "integration points?", "quality gates?", "gates?", "milestones?",
    "wave gates?", "phase gates?", "coordination points?", "exit gates?", "kontrollpunkte", "points de contrôle", "puntos de control", "检查点",
    "チェックポイント", "체크포인트",
)  # fmt: skip
"""Headings under which it says what must hold between the waves."""

CRITERIA = topic(
    "success criteria", "success metrics", "success", "acceptance criteria", "acceptance", "definition of done", "exit criteria", "done when",
    "complete when", "completion criteria", "criteria", "done criteria", "erfolgskriterien", "akzeptanzkriterien", "critères de succès",
    "critères d'acceptation", "criterios de éxito", "criterios de aceptación", "critérios de sucesso", "critérios de aceitação", "验收标准",
    "成功标准", "完成标准", "受け入れ基準", "成功基準", "완료 기준", "성공 기준",
)  # fmt: skip
"""Headings of what must hold at the end."""

OF_EACH = topic(
    "for each",
    "for every",
    "each",
    "every",
    "per",
    "für jede",
    "für jeden",
    "für jedes",
    "pour chaque",
    "para cada",
    "por cada",
    "每个",
    "各",
)
STATE = topic(
    "current",
    "current progress",
    "progress",
    "status",
    "next",
    "so far",
    "achieved",
    "not",
    "deferred",
    "out of scope",
    "stretch",
)
"""Headings below criteria that tell how things stand, not what must hold."""

WORKFLOW = topic(
    "workflow", "agent workflow", "pipeline", "agent pipeline", "process", "cycle", "agent architecture", "execution flow", "job lifecycle",
    "arbeitsablauf", "flux de travail", "flujo de trabajo", "fluxo de trabalho", "工作流", "ワークフロー", "워크플로",
)  # fmt: skip

OWNERSHIP = topic(
    "file ownership", "ownership", "shared files?(?: strategy)?", "file-level coordination", "file coordination", "file assignments?",
    "file allocation", "file boundaries", "file surfaces?", "conflict surface", "conflict prevention", "conflict avoidance", "avoid(?:ing)? (?:merge )?conflicts",
    "file locking", "owned files", "who touches what", "file map", "file claims", "dateizuordnung", "propriété des fichiers", "propiedad de archivos",
    "propriedade de arquivos", "文件所有权", "文件归属", "ファイル所有", "파일 소유권",
)  # fmt: skip
"""Headings under which it says who owns which files."""

FROZEN = topic(
    "frozen", "frozen files", "frozen paths", "off-limits", "off limits", "do not touch", "do not modify", "don't touch", "protected files",
    "files not to touch", "nicht anfassen", "ne pas toucher", "no tocar", "禁止修改",
)  # fmt: skip
"""Headings of files that nobody may touch."""

FILE_COLUMNS = topic("files?", "paths?", "file path", "file / path", "file/path", "module", "director(?:y|ies)", "datei", "fichier", "archivo", "arquivo", "文件", "ファイル", "파일")  # fmt: skip
OWNER_COLUMNS = topic(
    "owners?", "agents?", "tracks?", "assigned to", "owned by", "workers?", "streams?", "workstreams?", "who", "primary", "primary owner", "负责人"
)  # fmt: skip
