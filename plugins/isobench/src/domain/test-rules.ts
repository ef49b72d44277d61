/** What is wrong with a test, in the terms of the one who must mend it. */
export interface Diagnostic {
  readonly rule: string
  /** 1-based; null where no line is at fault */
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  /** More text for the model, such as a traceback */
  readonly detail?: string
}

/** The top level of a Python module, as the parser of a real interpreter sees it. Positions are 1-based. */
export interface Outline {
  readonly functions: readonly {
    readonly name: string
    readonly line: number
    readonly column: number
    /** Positional parameters without a default, and all of them */
    readonly required: number
    readonly positional: number
    /** Keyword-only parameters without a default */
    readonly requiredKeywords: number
    /** `def` that gives back its result when called: neither `async` nor a generator */
    readonly plain: boolean
  }[]
  /** Every `import` of the file, also inside functions */
  readonly imports: readonly { readonly module: string; readonly line: number; readonly column: number }[]
}

const contract = [
  { name: 'setup', parameters: 0, required: true, spelling: 'setup()' },
  { name: 'experiment', parameters: 1, required: true, spelling: 'experiment(state)' },
  { name: 'digest', parameters: 1, required: false, spelling: 'digest(result)' },
  { name: 'metrics', parameters: 1, required: false, spelling: 'metrics(result)' },
] as const

const contractLine = /Execution time:/
const mainBlock = /^if\s+__name__\s*==/

/**
 * Checks the contract of an efficiency test: the functions and their parameters, that the measured package is
 * imported, and that timing and output are left to the harness.
 * @param packageImport the package as `import` names it, e.g. `vllm`
 */
export function checkTest(code: string, outline: Outline, packageImport: string): Diagnostic[] {
  return [...checkFunctions(outline), ...checkImports(outline, packageImport), ...checkLines(code)]
}

/** One line: position where there is one, rule, message. */
export function formatDiagnostic({ line, column, rule, message }: Diagnostic): string {
  return `${line === null ? '' : `${line}:${column ?? 1} `}${rule}: ${message}`
}

function checkFunctions(outline: Outline): Diagnostic[] {
  return contract.flatMap(({ name, parameters, required, spelling }): Diagnostic[] => {
    const found = outline.functions.findLast((candidate) => candidate.name === name)
    if (found === undefined) {
      const message = `no top-level function \`${spelling}\``
      return required ? [{ rule: 'missing-function', line: null, column: null, message }] : []
    }
    const { line, column } = found
    if (!found.plain) {
      return [
        { rule: 'not-a-plain-function', line, column, message: `\`${name}\` must be neither async nor a generator` },
      ]
    }
    const callable = found.required <= parameters && found.positional >= parameters && found.requiredKeywords === 0
    return callable ? [] : [{ rule: 'wrong-parameters', line, column, message: `must be callable as \`${spelling}\`` }]
  })
}

function checkImports(outline: Outline, packageImport: string): Diagnostic[] {
  const imported = outline.imports.some(({ module }) => `${module}.`.startsWith(`${packageImport}.`))
  if (imported) return []
  return [{ rule: 'package-not-imported', line: null, column: null, message: `\`${packageImport}\` is never imported` }]
}

function checkLines(code: string): Diagnostic[] {
  return code.split('\n').flatMap((text, index): Diagnostic[] => {
    const line = index + 1
    const printed = contractLine.exec(text)
    const found: Diagnostic[] = []
    if (printed !== null) {
      const message = 'timing and the line `Execution time:` belong to the harness'
      found.push({ rule: 'contract-line', line, column: printed.index + 1, message })
    }
    if (mainBlock.test(text)) {
      found.push({ rule: 'main-block', line, column: 1, message: 'no `__main__` block: the tool appends it' })
    }
    return found
  })
}
