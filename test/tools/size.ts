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

const rows = []
for (const { name, entry, without, gzipped: budget } of budgets) {
  const { minified, gzipped } = await bundledSize(join(import.meta.dirname, 'size', entry), without)
  rows.push({ entry: name, minified, gzipped, budget, within: gzipped <= budget })
}
console.table(rows)
if (rows.some(({ within }) => !within)) {
  console.error('Past the budget (bytes, minified and gzipped, all dependencies included).')
  process.exitCode = 1
}
