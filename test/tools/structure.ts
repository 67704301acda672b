import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize, relative, resolve, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { readSource, type SourceFile } from './source-file.ts'

const MAX_LINES = 400
const SMALL_LINES = 40

const USAGE = `structure <folder>... [--json]: measures the source files of each folder, without running them
  --json  prints JSON instead of tables`

export interface Structure {
  files: number
  medianLines: number
  /** By folder; files at the top stand under \`.\`. */
  folders: { folder: string; files: number; medianLines: number }[]
  /** Files that import each other in a circle, types counted. */
  cycles: string[][]
  /** Parts from the lowest floor up: each folder, and each file at the top. A part imports only parts of lower floors. */
  floors: string[][]
  /** Imports that the order of the floors does not allow: the fewest whose removal leaves no circle of parts. */
  upwardImports: string[]
  tooLong: string[]
  /** Files under 40 lines that one other file imports, with that file. What `index.ts` exports does not count. */
  smallWithOneImporter: string[]
  /** Places such as \`file.ts:12\`. */
  spreadsIntoFactories: string[]
  usesBeforeDefinition: string[]
}

/** All TypeScript files in a folder, and which of them each one imports, by their paths from there. */
export async function readFolder(
  folder: string,
): Promise<{ sources: Map<string, SourceFile>; imports: Map<string, string[]> }> {
  const sources = new Map<string, SourceFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!/\.tsx?$/.test(entry.name) || entry.name.endsWith('.d.ts')) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).replaceAll(sep, '/')
    sources.set(name, readSource(name, await readFile(path, 'utf8')))
  }
  const imports = new Map<string, string[]>()
  for (const [file, source] of sources) {
    const targets = source.imports.filter((specifier) => specifier.startsWith('.'))
    imports.set(
      file,
      targets.map((specifier) => normalize(join(dirname(file), specifier))).filter((target) => sources.has(target)),
    )
  }
  return { sources, imports }
}

/** Measures all TypeScript files in a folder. */
export async function measure(folder: string): Promise<Structure> {
  const { sources, imports } = await readFolder(folder)
  const names = [...sources.keys()].sort()
  const { floors, upward } = layersOf(imports)
  const linesOf = (files: readonly string[]) => files.map((file) => sources.get(file)?.lines ?? 0)
  const byFolder = groupBy(names, dirname)
  return {
    files: names.length,
    medianLines: median(linesOf(names)),
    folders: [...byFolder].map(([name, files]) => ({
      folder: name,
      files: files.length,
      medianLines: median(linesOf(files)),
    })),
    cycles: componentsOf(imports).filter(({ length }) => length > 1),
    floors,
    upwardImports: upward,
    tooLong: names.filter((file) => (sources.get(file)?.lines ?? 0) > MAX_LINES),
    smallWithOneImporter: names.flatMap((file) => {
      const importers = names.filter((other) => other !== 'index.ts' && imports.get(other)?.includes(file))
      const isSmall = (sources.get(file)?.lines ?? 0) < SMALL_LINES
      return isSmall && importers.length === 1 ? [`${file} <- ${importers[0]}`] : []
    }),
    spreadsIntoFactories: names.flatMap((file) => sources.get(file)?.spreads.map((line) => `${file}:${line}`) ?? []),
    usesBeforeDefinition: names.flatMap((file) => sources.get(file)?.earlyUses.map((use) => `${file}:${use}`) ?? []),
  }
}

/** The order of the parts with the fewest imports against it, and those imports. */
function layersOf(imports: ReadonlyMap<string, readonly string[]>): { floors: string[][]; upward: string[] } {
  const partOf = (file: string): string => file.split('/')[0] ?? file
  const pairs = [...imports].flatMap(([from, targets]) => targets.map((to): [string, string] => [from, to]))
  const between = pairs.filter(([from, to]) => partOf(from) !== partOf(to))
  const parts = new Map([...imports.keys()].map((file): [string, string[]] => [partOf(file), []]))
  for (const [from, to] of between) parts.get(partOf(from))?.push(partOf(to))
  const order = componentsOf(parts).flatMap((circle) => bestOrder(circle, parts))
  const place = new Map(order.map((part, index) => [part, index]))
  const isUpward = (from: string, to: string) => (place.get(from) ?? 0) < (place.get(to) ?? 0)
  const floorOf = new Map<string, number>()
  for (const part of order) {
    const below = (parts.get(part) ?? []).filter((other) => !isUpward(part, other))
    floorOf.set(part, Math.max(0, ...below.map((other) => (floorOf.get(other) ?? 0) + 1)))
  }
  const byFloor = groupBy(order, (part) => floorOf.get(part) ?? 0)
  return {
    floors: [...byFloor].sort(([a], [b]) => a - b).map(([, floor]) => floor.sort()),
    upward: between.filter(([from, to]) => isUpward(partOf(from), partOf(to))).map((pair) => pair.join(' -> ')),
  }
}

/**
 * Orders parts that import each other so that the fewest imports point to a later part. Exact: the best order of a set
 * ends with some part, and the rest of it is the best order of the rest.
 */
function bestOrder(circle: readonly string[], parts: ReadonlyMap<string, readonly string[]>): string[] {
  if (circle.length > 16) throw new RangeError(`more than 16 parts in one circle: ${circle.join(', ')}`)
  const weight = circle.map((from) => circle.map((to) => parts.get(from)?.filter((part) => part === to).length ?? 0))
  const cost = [0]
  const last: number[] = []
  for (let set = 1; set < 1 << circle.length; set++) {
    cost[set] = Number.POSITIVE_INFINITY
    for (let end = 0; end < circle.length; end++) {
      if (!(set & (1 << end))) continue
      const rest = set & ~(1 << end)
      let total = cost[rest] ?? 0
      for (let part = 0; part < circle.length; part++) if (rest & (1 << part)) total += weight[part]?.[end] ?? 0
      if (total < (cost[set] ?? 0)) {
        cost[set] = total
        last[set] = end
      }
    }
  }
  const order: string[] = []
  for (let set = (1 << circle.length) - 1; set > 0; set &= ~(1 << (last[set] ?? 0))) {
    order.unshift(circle[last[set] ?? 0] ?? '')
  }
  return order
}

/** Strongly connected components, each after those that it points to (Tarjan). */
function componentsOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found = new Map<string, number>()
  const stack: string[] = []
  const components: string[][] = []
  function visit(node: string): number {
    const index = found.size
    found.set(node, index)
    let lowest = index
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!found.has(next)) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next)) lowest = Math.min(lowest, found.get(next) ?? lowest)
    }
    if (lowest === index) components.push(stack.splice(stack.indexOf(node)).sort())
    return lowest
  }
  for (const node of [...graph.keys()].sort()) if (!found.has(node)) visit(node)
  return components
}

function groupBy<Key>(values: readonly string[], keyOf: (value: string) => Key): Map<Key, string[]> {
  const groups = new Map<Key, string[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function print(folder: string, structure: Structure): void {
  console.log(`\n${folder}`)
  console.table([...structure.folders, { folder: 'all', files: structure.files, medianLines: structure.medianLines }])
  const { cycles, floors, upwardImports, tooLong, smallWithOneImporter, ...rest } = structure
  console.table({
    floors: floors.length,
    'import cycles': cycles.length,
    'imports against the order': upwardImports.length,
    [`files over ${MAX_LINES} lines`]: tooLong.length,
    [`files under ${SMALL_LINES} lines with one importer`]: smallWithOneImporter.length,
    'spreads into a factory': rest.spreadsIntoFactories.length,
    'uses before definition': rest.usesBeforeDefinition.length,
  })
  for (const [index, floor] of [...floors.entries()].reverse()) console.log(`floor ${index + 1}: ${floor.join(' ')}`)
  const places = [...cycles.map((cycle) => `cycle: ${cycle.join(' ')}`), ...upwardImports.map((one) => `up: ${one}`)]
  places.push(...tooLong.map((file) => `long: ${file}`), ...smallWithOneImporter.map((file) => `small: ${file}`))
  places.push(...rest.spreadsIntoFactories.map((place) => `spread: ${place}`))
  places.push(...rest.usesBeforeDefinition.map((place) => `early: ${place}`))
  for (const place of places) console.log(place)
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    if (positionals.length === 0) throw new Error('name at least one folder')
    const measured: Record<string, Structure> = {}
    for (const folder of positionals) measured[folder] = await measure(resolve(folder))
    if (values.json) console.log(JSON.stringify(measured, null, 2))
    else for (const [folder, structure] of Object.entries(measured)) print(folder, structure)
  } catch (error) {
    console.error(`structure: ${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exitCode = 1
  }
}
