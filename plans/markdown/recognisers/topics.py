"""The headings and words that the recognisers look for: tables, so that a new phrase or language is a new entry."""

import re

from plans.model import Role


def topic(*words: str) -> re.Pattern[str]:
    """Make a pattern that finds one of some words or phrases, whole."""
    every = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{every})(?![^\W_])", re.IGNORECASE)


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

SERIAL_TIME = topic(
    "serial", "serially", "sequential", "sequentially", "single agent", "one agent", "1 agent", "single developer", "one developer", "solo",
    "alone", "one session", "single session", "traditional", "without parallelization", "seriell", "sequenziell", "nacheinander", "séquentiel",
    "secuencial", "sequencial", "串行", "顺序", "直列", "순차",
)  # fmt: skip
PARALLEL_TIME = topic(
    "parallel", "parallelized", "parallelised", "in parallel", "parallel execution", "concurrent", "with agents", r"with \d+ (?:parallel )?(?:agents|tracks|workers)",
    "parallélisé", "en paralelo", "paralelo", "em paralelo", "并行", "並列", "병렬",
)  # fmt: skip

CONTINGENCY = topic(
    "contingenc(?:y|ies)(?: plans?)?", "fallback plans?", "backup plans?", "plan b", "what if", "if things go wrong", "if (?:ahead|behind)",
    "notfallplan", "plan de secours", "contingencia", "contingência", "应急(?:计划|预案)?", "予備計画",
)  # fmt: skip
LOCKING = topic(
    "lock strategy", "locking(?: strategy| protocol)?", "locks?", "file locks?", "mutex(?:es)?", "resource locks?", "sperren", "verrous", "bloqueos", "锁(?:策略)?"
)  # fmt: skip
ORDER_RULES = topic(
    "dependent tasks", "dependenc(?:y|ies)(?: rules| order| analysis)?", "order(?:ing)?(?: rules| constraints)?", "must run serially", "serial", "sequenc(?:e|ing)",
    "constraints", "rules", "critical path", "abhängigkeiten", "dépendances", "dependencias", "dependências", "依赖", "依存", "의존성",
)  # fmt: skip

GOAL = topic(
    "goals?",
    "objectives?",
    "mission",
    "aim",
    "overall goal",
    "main goal",
    "project goal",
    "target outcome",
    "ziel",
    "ziele",
    "objectifs?",
    "objetivos?",
    "目标",
    "目的",
    "목표",
)
HINTS = topic(
    "implementation (?:details?|notes?|hints?|guidelines?)",
    "technical (?:details?|notes?|approach)",
    "hints",
    "design notes?",
    "how to implement",
    "hinweise",
    "实现细节",
)
"""Headings of hints that may be for one job."""
ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("plan", topic("plan", "planning", "planner", "planungs?", "explore", "research", "design", "planification", "planificación", "planejamento", "规划", "計画", "계획")),
    ("implement", topic("implement", "implementation", "implementer", "develop", "development", "developer", "coding", "coder", "code", "build", "umsetzung", "implémentation", "implementación", "implementação", "实现", "実装", "구현")),
    ("validate", topic("validate", "validation", "validator", "review", "reviewer", "test", "testing", "tester", "verify", "verification", "verifier", "qa", "prüfung", "validación", "validação", "验证", "検証", "검증")),
)  # fmt: skip
"""What agents in a workflow do, by the role of the plan format."""
NO_ROLE = topic(
    "commit",
    "push",
    "commit/push",
    "merge",
    "pr",
    "pull request",
    "deploy",
    "done",
    "ship",
    "release",
    "handoff",
    "close",
)
"""How a workflow ends: planwave does that itself."""

LIST_USES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("read", topic("read-only", "read only", "readonly", "read", "nur lesen", "lecture seule", "solo lectura", "只读")),
    ("create", topic("create", "creates", "new", "new files", "files to create", "anlegen", "créer", "crear", "criar", "新建", "创建")),
    ("modify", topic("modify", "modifies", "edit", "update", "files to modify", "ändern", "modifier", "modificar", "修改")),
)  # fmt: skip
"""Headings of lists of files, by what their owner does with them."""

MERGE_ORDER = (
    r"(?:(?:merge|merging|integration|landing|land)[\s-]+(?:order|sequence|plan)|order of merg(?:e|ing)s?|merge in (?:this )?order|"
    r"merge[\s-]?reihenfolge|ordre de (?:fusion|merge)|orden de (?:fusión|merge)|ordem de merge|合并顺序|マージ順序?|병합 순서)"
)

DRAWN_ORDER = topic(
    "dependenc(?:y|ies)", "depends", "graph", "order", "sequence", "critical path", "flow", "dag", "map", "handoffs?", "handoff points?", "blocking",
    "prerequisites?", "abhängigkeiten", "dépendances", "dependencias", "dependências", "ordem", "orden", "reihenfolge", "依赖", "依存", "의존",
)  # fmt: skip
"""Headings under which arrows between jobs are an order."""

NO_ORDER = topic(
    "merge",
    "merging",
    "landing",
    "data flow",
    "user flow",
    "architecture",
    "rollback",
    "migration path",
    "file structure",
)
"""Headings under which they are not."""
