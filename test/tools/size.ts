import { join } from 'node:path'
import { bundledSize } from './bundle.ts'

interface Budget {
  name: string
  entry: string
  without?: string[]
  /** Bytes, minified and gzipped. */
  gzipped: number
}

const budgets: readonly Budget[] = [
  // 13,000 once the tabs are in: broadcast-channel takes 5,100 of it.
  { name: 'createTokenManager, jsonTransport, memoryStore', entry: 'core.ts', gzipped: 8_000 },
  { name: '/ky, without ky', entry: 'ky.ts', without: ['ky'], gzipped: 1_500 },
]

async function measure({ name, entry, without, gzipped: budget }: Budget) {
  const { minified, gzipped } = await bundledSize(join(import.meta.dirname, 'size', entry), without)
  return { entry: name, minified, gzipped, budget, within: gzipped <= budget }
}

try {
  const rows = await Promise.all(budgets.map(measure))
  console.table(rows)
  if (rows.some(({ within }) => !within)) throw new Error('past the budget')
} catch (error) {
  console.error(`size: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
