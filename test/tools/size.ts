import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BundledSize, bundledSize } from './bundle.ts'
import { parts } from './size/parts.ts'

const SDK = join(import.meta.dirname, '../../packages/sdk/src')

interface Budget {
  name: string
  entry: string
  without?: string[]
  /** Bytes, minified and gzipped: what every browser loads, and with what only some do. */
  eager: number
  total: number
}

const budgets: readonly Budget[] = [
  // The goal is 22,500; until then this only keeps it from growing.
  { name: 'createTokenManager, jsonTransport, memoryStore', entry: 'core.ts', eager: 33_800, total: 40_000 },
  { name: '/ky, without ky', entry: 'ky.ts', without: ['ky'], eager: 1_500, total: 1_500 },
  { name: '/encrypted-store', entry: 'encrypted-store.ts', eager: 2_200, total: 2_200 },
  { name: '/policies', entry: 'policies.ts', eager: 1_600, total: 1_600 },
]

const USAGE = `size [--modules] [--parts]: what the SDK weighs, against its budget
  --modules  what each module gives to that
  --parts    what would be left without one part after another`

const entryOf = (name: string): string => join(import.meta.dirname, 'size', name)

const isWithin = ({ eager, total }: BundledSize, budget: Budget): boolean =>
  eager.gzipped <= budget.eager && total.gzipped <= budget.total

async function weigh(withModules: boolean): Promise<void> {
  const measured = await Promise.all(
    budgets.map(async (budget) => ({
      budget,
      size: await bundledSize(entryOf(budget.entry), { without: budget.without }),
    })),
  )
  console.table(
    measured.map(({ budget, size: { eager, total } }) => ({
      entry: budget.name,
      minified: eager.minified,
      gzipped: eager.gzipped,
      budget: budget.eager,
      'with what is loaded on demand': total.gzipped,
      'its budget': budget.total,
    })),
  )
  for (const { budget, size } of measured) {
    const within = isWithin(size, budget)
    if (withModules || !within) console.table(size.modules)
    if (!within) throw new Error(`${budget.name} is past its budget`)
  }
}

async function leaveOut(): Promise<void> {
  const entry = entryOf('core.ts')
  const whole = await bundledSize(entry)
  const rows = [{ 'left out': 'nothing', 'by itself': 0, 'with those above': whole.eager.gzipped }]
  const gone: string[] = []
  for (const { part, modules } of parts) {
    const emptied = modules.map((module) => join(SDK, `${module}.ts`))
    gone.push(...emptied)
    const alone = await bundledSize(entry, { emptied })
    const rest = await bundledSize(entry, { emptied: gone })
    rows.push({
      'left out': part,
      'by itself': whole.eager.gzipped - alone.eager.gzipped,
      'with those above': rest.eager.gzipped,
    })
  }
  console.table(rows)
}

try {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { modules: flag, parts: flag } })
  await weigh(values.modules)
  if (values.parts) await leaveOut()
} catch (error) {
  console.error(`size: ${error instanceof Error ? error.message : error}\n${USAGE}`)
  process.exitCode = 1
}
