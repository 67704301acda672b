import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { burst } from './figures/burst.ts'
import { failures } from './figures/failures.ts'
import { fetchOverhead } from './figures/fetch-overhead.ts'
import { polling } from './figures/polling.ts'
import { tokenCall } from './figures/token-call.ts'
import { waitingHeap } from './figures/waiting-heap.ts'
import { type Figure, type Reading, type Row, summarize } from './reading.ts'
import { sessionMemory } from './server/memory.ts'
import { refreshEmbedded, refreshRedis } from './server/refreshing.ts'
import { signInTime } from './server/sign-in.ts'
import { startOfShift } from './server/start-of-shift.ts'
import { createStage, type Stage } from './stage.ts'
import { keepSession, keepSessionAtOnce, keepSessionFrozen } from './tabs/keep-session.ts'
import { leaderLost, refresherLost } from './tabs/leader-lost.ts'
import { news } from './tabs/news.ts'
import { rest } from './tabs/rest.ts'

const onePage: Record<string, Figure> = { tokenCall, fetchOverhead, polling, burst, waitingHeap, failures }
const manyTabs: Record<string, Figure> = {
  keepSession,
  keepSessionAtOnce,
  keepSessionFrozen,
  news,
  refresherLost,
  leaderLost,
  rest,
}
const onServer: Record<string, () => Promise<Reading[]>> = {
  refreshEmbedded,
  refreshRedis,
  signInTime,
  sessionMemory,
  startOfShift,
}
const inBrowser: Record<string, Figure> = { ...onePage, ...manyTabs }
const figures = { ...inBrowser, ...onServer }

/** A session that is lost once in a while shows in many runs only. */
const usualRuns = (name: string): number => (name.startsWith('keepSession') ? 10 : name in onServer ? 3 : 5)

const GROUPS: Record<string, readonly string[]> = {
  page: Object.keys(onePage),
  tabs: Object.keys(manyTabs),
  server: Object.keys(onServer),
}
const USAGE = `bench [--runs N] [--only NAME,NAME ...] [--json FILE]
${Object.entries(GROUPS)
  .map(([group, names]) => `  ${group}: ${names.join(', ')}`)
  .join('\n')}`

interface Wanted {
  runs: number | undefined
  names: string[]
  json: string | undefined
}

/** @throws Error that says what is wrong, with the usage */
function wantedOf(args: string[]): Wanted {
  const options = { runs: { type: 'string' }, only: { type: 'string' }, json: { type: 'string' } } as const
  const { values } = parseArgs({ args: args.filter((arg) => arg !== '--'), options })
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  if (runs !== undefined && (!Number.isInteger(runs) || runs < 1))
    throw new Error(`--runs must be a positive integer.\n${USAGE}`)
  const names = values.only?.split(',').flatMap((name) => GROUPS[name] ?? [name]) ?? Object.keys(figures)
  const unknown = names.find((name) => !(name in figures))
  if (unknown !== undefined) throw new Error(`There is no figure "${unknown}".\n${USAGE}`)
  return { runs, names, json: values.json }
}

async function measure(stage: () => Promise<Stage>, name: string, runs: number): Promise<Row[]> {
  const readings: Reading[][] = []
  for (let run = 1; run <= runs; run++) {
    process.stderr.write(`\r\u001b[K${name} ${run}/${runs}`)
    readings.push(await (onServer[name]?.() ?? inBrowser[name]?.(await stage()) ?? []))
  }
  process.stderr.write('\r\u001b[K')
  return summarize(readings)
}

const rounded = (value: number) => Number(value.toPrecision(3))
const withUnit = (value: number, unit: string) => `${rounded(value)} ${unit}`.trim()

function print(rows: readonly Row[]): void {
  console.table(
    rows.map(({ name, unit, target, median, values, verdict }) => ({
      figure: name,
      runs: values.length,
      'at most': target === undefined ? '' : withUnit(target, unit),
      median: withUnit(median, unit),
      from: rounded(Math.min(...values)),
      to: rounded(Math.max(...values)),
      '': verdict,
    })),
  )
}

const { runs, names, json } = wantedOf(process.argv.slice(2))
// Only what is measured in a browser needs one.
let opened: Promise<Stage> | undefined
const stage = () => {
  opened ??= createStage()
  return opened
}
const rows: Row[] = []
let browser: string | undefined
try {
  for (const name of names) rows.push(...(await measure(stage, name, runs ?? usualRuns(name))))
} finally {
  const used = await opened
  browser = used?.version
  await used?.close()
}
const [processor] = cpus()
const machine = {
  ...(browser !== undefined && { browser }),
  node: process.version,
  cpus: cpus().length,
  cpu: processor?.model ?? '',
  memory: totalmem(),
}
console.log(
  `${browser ?? `Node ${machine.node}`}, ${machine.cpus} x ${machine.cpu}, each figure the median of its runs`,
)
print(rows)
if (json !== undefined) {
  await writeFile(json, `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, rows }, undefined, 2)}\n`)
}
