import type { Stage } from './stage.ts'

/** One figure of one run. */
export interface Reading {
  name: string
  unit: 'ns' | 'ms' | '%' | 'x' | 'kB' | ''
  value: number
  /** The most that it may be; absent where it only says what the others compare with. */
  target?: number
  /** Which of all runs is held against the target. Default `median`; what must never happen is judged by the worst. */
  judged?: 'median' | 'worst'
}

/** Takes its readings once, on a page of its own. */
export type Figure = (stage: Stage) => Promise<Reading[]>

export interface Row extends Omit<Reading, 'value'> {
  median: number
  values: number[]
  verdict: 'pass' | 'over' | ''
}

/** The value below which `share` of all values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The readings of all runs, by name. */
export function summarize(runs: readonly Reading[][]): Row[] {
  const [first = []] = runs
  return first.map(({ value: _, ...reading }) => {
    const values = runs.flatMap((run) => run.filter(({ name }) => name === reading.name).map(({ value }) => value))
    const middle = median(values)
    const judged = reading.judged === 'worst' ? Math.max(...values) : middle
    const verdict = reading.target === undefined ? '' : judged <= reading.target ? 'pass' : 'over'
    return { ...reading, median: middle, values, verdict }
  })
}
