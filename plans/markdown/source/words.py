"""The words that plans are written in: tables, so that a new word or language is a new entry.

Words stand in lower case and in the singular; English plurals are known by their `s`.
"""

from typing import Literal

Kind = Literal["group", "lane", "agent", "job"]
"""What a labelled thing is by its word: a wave, a track, somebody who works, or a piece of work."""

KINDS: dict[Kind, tuple[str, ...]] = {
    "group": (
        "wave", "phase", "batch", "stage", "round", "epic", "sprint", "milestone", "iteration", "tier", "level", "group", "parallel group",
        "execution group", "task group", "agent group", "parallel wave", "parallel batch", "parallel phase", "execution wave", "agent wave",
        "week", "day", "woche", "semaine", "semana",
        "welle", "etappe",  # de
        "vague", "étape", "lot",  # fr
        "ola", "fase", "etapa", "oleada",  # es, pt
        "onda",  # pt
        "阶段", "波次", "批次", "批", "轮", "波", "组", "任务组", "天",  # zh
        "フェーズ", "ウェーブ", "段階",  # ja
        "단계", "웨이브", "페이즈",  # ko
    ),
    "lane": (
        "track", "workstream", "work stream", "stream", "lane", "thread", "agent stream", "parallel track", "parallel stream",
        "parallel workstream", "parallel work stream", "work track", "swimlane", "swim lane", "ws", "worktree", "work tree", "development track", "agent track",
        "strang", "spur", "arbeitsstrang",
        "piste", "flux",
        "pista", "carril", "flujo", "trilha", "fluxo",
        "轨道", "工作流", "トラック", "트랙",
    ),
    "agent": (
        "agent", "subagent", "sub-agent", "instance", "session", "worker", "terminal", "developer", "dev", "window",
        "claude", "codex", "engineer", "team", "ai session", "claude instance", "claude session", "ai agent", "person", "sub agent", "coder",
        "claude code instance", "claude code session", "claude code", "coding agent", "claude agent", "parallel agent", "task agent", "pod",
        "squad", "tab", "pane", "specialist", "agente ia", "tmux window",
        "agente", "trabajador", "sessão", "sesión", "instanz", "sitzung",
        "智能体", "代理", "エージェント", "에이전트", "担当", "担当者", "担当エージェント", "담당", "터미널", "终端", "开发者", "ターミナル",
    ),
    "job": (
        "task", "story", "user story", "issue", "ticket", "job", "work package", "package", "wp", "work item", "subtask", "item",
        "feature", "deliverable", "unit", "pr", "pull request", "slice", "chunk", "assignment", "task set", "prompt", "agent prompt",
        "workload", "change set",
        "aufgabe", "arbeitspaket",
        "tâche", "tache",
        "tarea", "tarefa", "historia", "história",
        "任务包", "任务", "工作包", "タスク", "작업", "태스크",
    ),
}  # fmt: skip

CALENDAR: frozenset[str] = frozenset({"week", "day", "woche", "semaine", "semana", "周", "週", "주", "天"})
"""Groups by the calendar: they count as waves only where a document has no others."""

KEY_NAMES: tuple[str, ...] = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "omega", "sigma", "bravo", "charlie", "echo", "foxtrot",
)  # fmt: skip
"""Names that label things as letters do: `Team Alpha`."""

FieldName = Literal[
    "files", "create", "modify", "read", "needs", "blocks", "output", "estimate", "agent", "branch", "status", "steps",
    "criteria", "locks", "prompt", "start", "merge", "jobs", "mode", "title", "id", "workspace", "note", "avoid", "group",
]  # fmt: skip
"""What a line like `Dependencies: 1.2` says of the thing that it stands under."""

FIELDS: dict[FieldName, tuple[str, ...]] = {
    "files": (
        "write set", "write-set", "write scope", "edit set", "editable files", "writable files", "exclusive paths", "file set", "担当ファイル", "可修改文件范围", "可修改文件", "修改范围", "文件范围", "负责文件", "文件边界", "编辑文件", "crates owned", "modules owned", "files to create/modify", "files to edit/create", "새 파일/수정 파일", "담당 파일",
        "primary paths", "primary packages", "packages", "owned packages", "work files", "territory", "file territory", "file scope", "arquivo", "archivo", "fichier", "fichiers concernés", "betroffene dateien", "arquivos de trabalho", "arquivos afetados", "archivos afectados", "关键文件", "涉及文件", "対象ファイル", "수정 파일", "대상 파일", "파일 소유권", "pfad",
        "files", "file", "files owned", "owned files", "files assigned", "assigned files", "files changed", "file changes",
        "files / areas", "files/areas", "files to create/modify", "files to create or modify", "files touched", "owns", "paths", "path",
        "file ownership", "ownership", "owned paths", "scope files", "key files", "files affected", "affected files", "exclusive files",
        "shared files (careful edit)", "shared files (edit)", "target files", "files involved", "primary files", "file paths", "file path",
        "owned by this agent", "files you own", "your files", "write", "writes", "write access", "owned directories", "directories",
        "touches", "files_modified", "files modified", "file(s)", "areas", "location", "code areas",
        "dateien", "datei", "pfade", "fichiers", "archivos", "ficheros", "arquivos", "ficheiros", "文件", "ファイル", "파일",
    ),
    "create": (
        "create screens", "create file", "new components", "neue datei", "criar", "arquivos a criar", "archivos a crear", "crear", "fichiers à créer", "zu erstellen", "新增文件", "新規ファイル", "생성 파일", "새 파일",
        "create", "creates", "files to create", "new files", "files created", "new file", "to create", "create files", "new",
        "neue dateien", "nouveaux fichiers", "archivos nuevos", "新建", "新建文件",
    ),
    "modify": (
        "modified", "modify files", "update files", "arquivos a modificar", "archivos a modificar", "fichiers à modifier", "zu ändern", "変更ファイル", "수정",
        "modify", "modifies", "files to modify", "modified files", "edit", "edits", "update", "updates", "files to edit", "files to update",
        "existing files", "files to change", "changes", "修改", "修改文件",
    ),
    "read": (
        "输入文档", "参考文档", "参照ファイル", "只读文件", "참고 파일",
        "read-only", "read only", "readonly", "reads", "read", "shared files (read-only)", "shared files", "may read", "read access", "reference files",
        "files to read", "inputs", "input files", "context files", "read first",
    ),
    "needs": (
        "実行トリガー", "開始トリガー", "触发条件",
        "prereq", "pre-requisites", "pre-requisite", "preconditions", "pre-conditions", "hard dependencies", "must complete first", "can start after", "run after", "runs after", "requires first", "upstream", "needs from", "consumes", "wait_for", "waits on", "gated by", "gated on", "blocked until", "dependência", "dependencia", "bloqueado por", "bloqué par", "blockiert durch", "wartet auf", "dépendance", "abhängigkeit", "前置任务", "前置条件", "前提", "의존", "선행", "선행 조건",
        "dependencies", "dependency", "depends on", "depends", "needs", "requires", "blocked by", "blocked on", "prerequisites", "prerequisite",
        "wait for", "waits for", "after", "deps", "depends-on", "depends_on", "start after", "prereqs", "starts after", "must wait for", "waiting on",
        "requires completion of", "predecessors",
        "abhängigkeiten", "abhängig von", "hängt ab von", "voraussetzungen", "benötigt",
        "dépendances", "dépend de", "prérequis", "nécessite",
        "dependencias", "depende de", "requiere", "dependências", "requer",
        "依赖", "依赖于", "依赖项", "前置", "依存", "依存関係", "의존성", "선행 작업",
    ),
    "blocks": ("blocked tasks", "blocks tasks", "feeds", "feeds into", "downstream", "bloquea", "bloqueia", "blockiert", "bloque", "阻塞", "unlocks", "blocks", "blocking", "unblocks", "enables", "required by", "needed by", "handoff to", "unblocks tasks"),
    "output": (
        "artifacts produced", "expected output", "preferred output", "deliverables / output", "end state", "lieferobjekte", "ausgabe", "ergebnisse", "entregável", "entregaveis", "entrega", "产出物", "결과물",
        "output", "outputs", "deliverable", "deliverables", "produces", "result", "results", "artifacts", "provides", "exports",
        "ergebnis", "livrables", "livrable", "entregables", "entregável", "产出", "交付物", "成果物", "산출물",
    ),
    "estimate": (
        "est. effort", "est effort", "est. hours", "hours", "est. duration", "estimate (h)", "effort (h)", "days", "zeit", "geschätzter aufwand", "estimation", "estimación", "estimativa", "tiempo estimado", "tempo estimado", "temps estimé", "時間", "预估时间", "预估", "工时",
        "time", "estimate", "estimated time", "duration", "effort", "estimated duration", "estimated effort", "total effort", "eta", "est",
        "estimated", "time estimate", "size", "est. time", "total time", "estimation",
        "dauer", "aufwand", "schätzung", "durée", "effort estimé", "duración", "tiempo", "duração", "tempo",
        "时间", "预计时间", "工期", "所要時間", "見積", "예상 시간", "소요 시간",
    ),
    "agent": (
        "実行", "執行エージェント",
        "primary owner", "lead", "assigned", "assigned agents", "recommended agent", "suggested agent", "best agent", "who does it", "agent name", "agent role", "verantwortlich", "zuständig", "responsable", "responsável", "agente", "assigned team", "담당", "담당자", "负责", "执行者", "執行者", "担当者",
        "agent", "primary agent", "owner", "assignee", "assigned to", "agent type", "subagent_type", "subagent type", "subagent", "who", "role",
        "assigned agent", "agents", "responsible", "executor", "负责人", "担当",
    ),
    "branch": ("worktree branch", "branch / worktree", "branch/worktree", "branch target", "target branch", "working branch", "branch", "git branch", "branch name", "feature branch", "zweig", "branche", "rama", "分支", "ブランチ"),
    "status": ("status", "state", "progress", "zustand", "statut", "état", "estado", "状态", "状態", "상태"),
    "steps": (
        "key tasks", "core tasks", "main tasks", "sub tasks", "task breakdown", "your mission", "deliver", "implement", "konkrete arbeitspakete", "arbeitspakete", "tarefa", "scope of work", "작업 내용", "작업내용", "任务列表", "工作内容", "作業内容",
        "tasks", "steps", "checklist", "subtasks", "sub-tasks", "responsibilities", "what to do", "todo", "to do", "to-do", "work", "scope",
        "implementation", "implementation steps", "actions", "your tasks", "task list", "features", "details", "instructions", "work items",
        "aufgaben", "schritte", "tâches", "étapes", "tareas", "pasos", "tarefas", "passos", "任务", "步骤", "タスク", "手順", "작업", "할 일",
    ),
    "criteria": (
        "完成条件", "验收命令", "验收", "受け入れ条件", "success",
        "gate", "exit", "exit gate", "exit criterion", "acceptance checks", "done-when", "critérios de sucesso", "critérios de conclusão", "critério de aceite", "criterios de éxito", "abnahmekriterien", "fertig wenn", "critères de succès", "完了条件",
        "success criteria", "acceptance criteria", "acceptance", "done when", "definition of done", "done", "exit criteria", "validation",
        "verification", "criteria", "verify", "tests", "test", "success metrics", "validates", "complete when", "acceptance tests", "quality gates",
        "erfolgskriterien", "akzeptanzkriterien", "critères", "critères d'acceptation", "criterios", "criterios de aceptación",
        "critérios de aceitação", "验收标准", "完成标准", "受け入れ基準", "완료 기준",
    ),
    "group": ("wave", "phase", "batch", "stage", "round", "execution wave", "parallel group", "batch/wave", "welle", "fase", "vague", "批次", "波次", "阶段", "フェーズ", "단계"),
    "locks": ("lock", "locks", "shared resources", "lock strategy", "mutex", "exclusive resources"),
    "prompt": ("what", "specialization", "responsibility", "rationale for split", "verantwortungsbereich", "responsabilidades", "responsabilidad", "prompt", "goal", "objective", "description", "purpose", "focus", "mission", "summary", "notes", "why", "context", "rationale", "focus area", "ziel", "objectif", "objetivo", "目标", "目的", "목표"),
    "start": ("start", "starts", "start condition", "start when", "start signal", "launch", "trigger", "can start"),
    "merge": ("merge order", "merge sequence", "integration order", "merge", "landing order"),
    "jobs": ("agent tasks", "stories", "user stories", "tasks", "work packages", "issues", "jobs", "assignments", "agents"),
    "mode": ("mode", "execution", "strategy", "parallel safe", "parallelism"),
    "workspace": ("workspace", "worktree", "working directory", "directory", "working dir", "workdir", "working tree"),
    "note": (
        "timeline", "timing", "when", "session", "instance", "terminal", "priority", "severity", "type", "complexity", "risk", "pattern", "requirements", "story points", "points", "category", "impact",
        "conflict risk", "version", "versions", "isolation", "last updated", "confidence", "difficulty", "support agent", "coordination",
        "risk level", "labels", "tags", "started", "blockers", "updated", "tools", "skills", "model", "references", "refs", "epic", "critical",
    ),
    "avoid": (
        "avoid editing", "do not edit files",
        "不可修改文件范围", "不可修改文件", "禁止修改", "不可修改", "触らない", "編集禁止", "건드리지 말 것", "evitar conflitos", "não tocar", "no tocar", "nicht anfassen", "ne pas toucher",
        "does not touch", "do not touch", "don't touch", "must not touch", "never touch", "no touch", "off limits", "off-limits", "forbidden",
        "forbidden files", "does not include", "not in scope", "out of scope", "excluded", "do not modify", "do not edit", "don't modify",
        "must not modify", "not allowed", "avoid", "non-goals", "do not change", "read-only for you", "files not to touch", "does not own",
    ),
    "title": ("task", "title", "name", "what", "feature", "work", "story", "description", "deliverable", "component", "feature/task", "aufgabe", "tâche", "tarea", "tarefa", "任务", "タスク", "작업"),
    "id": ("card", "card id", "ws", "task #", "task no", "task no.", "issue #", "pr", "ref", "stream id", "track id", "job id", "ticket id", "task_id", "wp id", "编号", "番号", "번호", "id", "#", "issue", "task id", "no", "no.", "nr", "ticket", "key", "number", "story id", "wp"),
}  # fmt: skip

STRONG_TITLES: frozenset[str] = frozenset(
    {
        "spec", "task", "title", "name", "what", "feature", "work", "story", "issue title", "task name", "job", "assignment", "work item", "item",
        "feature/task", "aufgabe", "tâche", "tarea", "tarefa", "任务", "任务名称", "名称", "タスク", "작업", "titel", "título", "titre",
    }
)  # fmt: skip
"""Heads of columns that hold what a row's job is."""
WEAK_TITLES: frozenset[str] = frozenset(
    {
        "description", "scope", "contents", "content", "summary", "deliverable", "deliverables", "component", "focus", "focus area", "mission",
        "intent", "intent summary", "responsibility", "responsibilities", "role", "goal", "area", "module", "workstream", "package", "domain",
    }
)  # fmt: skip
"""Heads of columns that hold it where there is no better one."""

NOTHING = frozenset(
    {
        "nil", "zero", "none required", "not required", "nichts", "nada", "fast keine", "无依赖", "没有", "特になし", "해당 없음", "can start now", "start immediately", "immediately", "standalone", "self-contained", "free-standing",
        "", "-", "--", "—", "–", "none", "n/a", "na", "nothing", "no", "tbd", "no dependencies", "independent", "keine", "aucune",
        "aucun", "ninguna", "ninguno", "nenhuma", "nenhum", "无", "なし", "없음", "null", "[]", "✅", "immediate", "can start immediately",
    }
)  # fmt: skip
"""What says that there is nothing to say."""

DONE = frozenset(
    {
        "delivered", "implemented", "fixed", "verified", "concluido", "concluida", "terminée", "erledigte",
        "done", "complete", "completed", "merged", "finished", "shipped", "closed", "landed", "resolved", "fertig", "erledigt", "abgeschlossen",
        "terminé", "fait", "completado", "completada", "hecho", "terminado", "concluído", "concluída", "feito", "已完成", "完成", "完了", "완료",
    }
)  # fmt: skip

PARALLEL = frozenset({
    "parallel", "simultaneously", "concurrent", "concurrently", "simultaneous", "independent", "gleichzeitig",
    "parallèle", "paralelo", "paralela", "en paralelo", "em paralelo", "パラレル", "并行", "並列", "並行", "병렬",
})  # fmt: skip
SERIAL = frozenset({
    "serial", "serially", "sequential", "sequentially", "sequence", "one after another", "in order", "one at a time",
    "seriell", "sequenziell", "nacheinander", "séquentiel", "séquentielle", "secuencial", "sequencial", "串行", "顺序",
    "シーケンシャル", "直列", "順次", "순차",
})  # fmt: skip

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
}  # fmt: skip

SHARED_WORK = (
    r"\b(?:in parallel|parallel (?:execution|work\w*|development|agents?|tracks?|streams?|sessions?|tasks?|waves?|group\w*|implementation|plan\w*|lanes?|build)|"
    r"parallel[- ]safe|paralleli[sz]\w+|concurrent (?:agents?|sessions?|tracks?|streams?|work\w*)|sub-?agents?|multi-?agent (?:plan|work|execution|coordination|orchestration|development)|"
    r"agent [A-Z0-9]\b|agents? (?:assignments?|allocation|ownership|tasks?|prompts?|roster|team)|coding agents?|claude code (?:sessions?|instances?|agents?)|"
    r"work ?trees?|work ?streams?|merge order|file ownership|go/no-go|wave \d|waves? of|orchestrat(?:or|ion plan)|hand-?offs? (?:to|between|points?)|"
    r"parallel-?arbeits\w*|parallel(?:e|er|es)? (?:arbeit\w*|entwicklung)|agenten|en paralelo|em paralelo|en parallèle|agentes?|paralela|paralelo)\b|"
    r"并行|并发|並列|並行|병렬|智能体|子代理|エージェント|에이전트|波次"
)  # fmt: skip
"""A pattern of what is said where work is shared out among several who work side by side."""

CERTAIN_WORDS = frozenset(
    {
        "track", "workstream", "work stream", "lane", "agent", "subagent", "sub-agent", "sub agent", "worker", "agent stream", "parallel track",
        "swimlane", "claude instance", "claude session", "ai agent", "coding agent", "wave", "batch", "agente", "strang", "arbeitsstrang", "pista",
        "trilha", "piste", "welle", "vague", "oleada", "智能体", "エージェント", "에이전트", "轨道", "トラック", "트랙", "波次", "ウェーブ", "웨이브",
    }
)  # fmt: skip
"""Words that name lanes, agents or waves and hardly anything else; `session` or `team` may be anything."""

REMARKS = (
    r"\b(?:parallel|serial|serially|sequential|sequentially|concurrent|agents?|stories|tasks|jobs|tracks|workers|depends?|after|needs|requires|"
    r"blocked|blocking|optional|active|new|start|started|starts|current|priority|critical|independent|mvp|done|complete|completed|merged|"
    r"in progress|ready|waiting|pending|wait|first|last|final|week|weeks|day|days|hours?|hrs?|h|min|mins|minutes|launch|paused|todo|tbd|"
    r"p[0-4]|s|m|l|xl|xs|us\d+|us-\w+|points?|pts|sp|can run|blocks|estimate[ds]?|est|deferred|stretch|mode)\b|(?<!\d)\d{1,6}(?:\.\d{1,3})?\s?[hmd]\b|^\[|"
    r"并行|串行|依赖|parallèle|paralelo|nacheinander|gleichzeitig|nach|después|depende|依存|병렬|小时|分钟|天|时间|시간"
)  # fmt: skip
"""A pattern of what brackets say of the plan: order, time, state, priority."""

EVERYTHING_BEFORE = (
    r"모든\s*(?:작업|태스크)|(?:所有|全部)(?:的)?(?:任务|前置)|すべての(?:タスク|作業)|\b(?:alle|todas as|todas las|toutes les)\s+(?:aufgaben|tarefas|tareas|tâches)\b|"
    r"^\W*all\W*$|\ball\s+(?:previous|prior|preceding|other|above|earlier|exchange|core)?\s*(?:issues?|tasks?|jobs?|agents?|tracks?|phases?|waves?|features?|"
    r"implementations?|stories|work|components?|workstreams?)\b|\beverything\b|\ball of the above\b|\ball\s+(?:previous|prior|above)\b"
)  # fmt: skip
"""A pattern of what says that all before has to be done."""

SAID_OF_STATE: frozenset[str] = frozenset({
        "a", "an", "the", "of", "for", "to", "in", "on", "by", "and", "or", "with", "be", "is", "are", "was", "must", "has", "have", "been",
        "not", "all", "any", "complete", "completed", "done", "ready", "exist", "exists", "existing", "created", "defined", "finished",
        "available", "working", "established", "implemented", "first", "start", "starts", "before", "after", "until", "both", "can", "this",
        "that", "it", "its", "s", "t", "required", "requires", "need", "needs", "wait", "waits", "depends", "depend", "dependency", "only",
        "then", "when", "once", "starting", "completion", "output", "outputs", "from",
})  # fmt: skip
"""Words around the name of a thing in phrases such as `once the models are created`."""

EXTENSIONS: frozenset[str] = frozenset({
        "py", "ts", "tsx", "js", "jsx", "mjs", "cjs", "svelte", "vue", "rs", "go", "java", "kt", "swift", "rb", "php", "c", "h", "cc", "cpp",
        "hpp", "cs", "sql", "md", "mdx", "rst", "txt", "json", "yaml", "yml", "toml", "ini", "cfg", "css", "scss", "less", "html", "xml", "sh",
        "bash", "zsh", "ps1", "bat", "dart", "ex", "exs", "clj", "scala", "lock", "env", "proto", "graphql", "tf", "ipynb", "csv", "lua", "r",
        "jl", "zig", "nim", "tex", "svg", "png", "plist", "gradle",
})  # fmt: skip
"""Ends of the names of files that a plan may name without a folder."""

NO_NAMES = frozenset(
    {
        "multi", "parallel", "all", "each", "every", "the", "a", "an", "launching", "sub", "per", "single", "main", "your", "other", "any", "new",
        "for", "of", "and", "select", "creating", "running", "available", "concurrent", "ai", "claude", "coding", "total", "quick", "full", "use",
        "critical", "fast", "example", "custom", "key", "core agent", "between", "required", "specialized", "active", "spawn", "launch", "worker",
    }
)  # fmt: skip
"""First words of headings that speak of agents or tracks in general."""

SIDE_BY_SIDE = (
    r"\b(?:parallel\w*|concurrent\w*|simultaneous\w*|agents?|subagents?|sub-agents?|sequential\w*|serial\w*|worktrees?|workers?|streams?|"
    r"gleichzeitig|nacheinander|paralelo|paralela|parallèle|agente?s?)\b|并行|並列|병렬|串行|智能体|에이전트|エージェント"
)  # fmt: skip
"""A pattern of what a wave says whose work is shared out."""

WAVE_WORDS = frozenset({"wave", "batch", "round", "parallel group", "execution group", "agent group", "welle", "vague", "ola", "oleada", "onda", "波次", "批次", "波", "ウェーブ", "웨이브"})  # fmt: skip
"""Words that only speak of work side by side."""

MAKES = (
    r"(?P<create>\b(?:create|write|new|scaffold|generate|erstelle\w*|anlegen|criar?|crear?|créer|新建|创建)\b)|"
    r"\b(?:add|complete|implement\w*|update|modify|edit|extend|refactor\w*|fix|wire|move|split|extract|build|expand|enhance|migrate|replace|rename|"
    r"setup|set up|configure|finish|port|clean up|remove|delete|atualizar|actualizar|modificar|ändern|erweitern|修改|更新|实现)\b"
)  # fmt: skip
"""A pattern of words that begin a line of work on a file; what is run, read or tested is not worked on."""

COUNTED: dict[str, frozenset[str]] = {
    "agents": frozenset({"agent", "agents", "subagents", "sub-agents", "workers", "sessions", "instances", "developers", "agenten", "agentes", "智能体", "エージェント", "에이전트"}),
    "jobs": frozenset({"task", "tasks", "stories", "issues", "tickets", "jobs", "work packages", "aufgaben", "tâches", "tareas", "tarefas", "任务", "タスク", "작업"}),
    "tracks": frozenset({"track", "tracks", "streams", "workstreams", "lanes", "spuren", "pistes", "pistas", "轨道", "トラック", "트랙"}),
    "waves": frozenset({"waves", "phases", "batches", "stages", "epics", "wellen", "vagues", "olas", "阶段"}),
}  # fmt: skip
"""What is counted, by the field of a claim: in lower case, in the plural as people count."""
