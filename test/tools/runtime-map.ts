import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readFolder } from './structure.ts'

const root = join(import.meta.dirname, '../..')
const RUNTIME = join(root, 'packages/sdk/src/runtime')
const PAGE = join(root, 'CONTRIBUTING.md')
const BEGIN = '<!-- runtime-map: begin -->'
const END = '<!-- runtime-map: end -->'

/**
 * A Mermaid flowchart of the files and their imports. An arrow is left out where a longer path leads to the same file.
 * @throws Error if files import each other in a circle
 */
export function flowchart(imports: ReadonlyMap<string, readonly string[]>): string {
  const reached = new Map<string, ReadonlySet<string>>()
  function reachedFrom(file: string, path: readonly string[]): ReadonlySet<string> {
    if (path.includes(file)) throw new Error(`These files import each other: ${[...path, file].join(' -> ')}`)
    const known = reached.get(file)
    if (known) return known
    const targets = imports.get(file) ?? []
    const found = new Set(targets.flatMap((target) => [target, ...reachedFrom(target, [...path, file])]))
    reached.set(file, found)
    return found
  }
  const nodes: string[] = []
  const arrows: string[] = []
  for (const file of [...imports.keys()].sort()) {
    reachedFrom(file, [])
    nodes.push(`  ${idOf(file)}["${nameOf(file)}"]`)
    const targets = [...(imports.get(file) ?? [])].sort()
    for (const target of targets) {
      const isImplied = targets.some((other) => reached.get(other)?.has(target))
      if (!isImplied) arrows.push(`  ${idOf(file)} --> ${idOf(target)}`)
    }
  }
  return ['flowchart TD', ...nodes, ...arrows].join('\n')
}

const nameOf = (file: string): string => file.replace(/\.ts$/, '')
const idOf = (file: string): string => nameOf(file).replaceAll('-', '_')

/**
 * The document with the flowchart between its two markers.
 * @throws Error if it does not have both markers
 */
export function withMap(document: string, chart: string): string {
  const [before, rest] = document.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`The document needs ${BEGIN} and ${END}.`)
  return `${before}${BEGIN}\n\n\`\`\`mermaid\n${chart}\n\`\`\`\n\n${END}${after}`
}

/** CONTRIBUTING.md as it is, and as it must be. */
export async function contributingPage(): Promise<{ found: string; wanted: string }> {
  const found = await readFile(PAGE, 'utf8')
  const { imports } = await readFolder(RUNTIME)
  return { found, wanted: withMap(found, flowchart(imports)) }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean' } } })
  const { wanted } = await contributingPage()
  if (values.write) await writeFile(PAGE, wanted)
  else process.stdout.write(wanted)
}
