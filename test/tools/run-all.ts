import { type Gate, gates, run } from './gates.ts'
import { lastLine, type Tally, total, withoutSkips } from './tally.ts'

const tallies: Tally[] = []
const failed: string[] = []
const strict = /^(1|true)$/i.test(process.env.CI ?? '')

async function runAfterAnother(lane: readonly Gate[], isAlone: boolean): Promise<void> {
  for (const gate of lane) {
    if (isAlone) console.log(`\n== ${gate.name}`)
    const startedAt = performance.now()
    const tally = await run(gate, isAlone ? undefined : (output) => console.log(`\n== ${gate.name}\n${output}`))
    tallies.push(tally)
    if (tally.failed > 0) failed.push(gate.name)
    console.log(`== ${gate.name}: ${lastLine(tally)} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
  }
}

const wanted = gates.filter(({ ciOnly }) => strict || !ciOnly)
for (const { name } of gates.filter((gate) => !wanted.includes(gate))) {
  console.log(`== ${name}: with CI=true only; by itself: npx vitest run --project ${name}`)
}
// Where nothing may fail for want of time, one after the other. Else side by side, because a person waits: each that waits
// for others in a lane of its own, and what computes all the time in two that give way to them.
const apart = wanted.filter(({ waits, fillsUp }) => waits || fillsUp)
const lanes = strict ? [wanted] : [wanted.filter((gate) => !apart.includes(gate)), ...apart.map((gate) => [gate])]
await Promise.all(lanes.map((lane) => runAfterAnother(lane, lanes.length === 1)))

const sum = total(tallies)
console.log('')
for (const { name, why } of sum.skipped) console.log(`${strict ? 'Missing' : 'Skipped'}: ${name}: ${why}`)
for (const { name, error } of sum.retried) console.log(`Passed at another try: ${name}: ${error.split('\n')[0]}`)
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
const result = strict ? withoutSkips(sum) : sum
console.log(lastLine(result))
process.exitCode = result.failed > 0 ? 1 : 0
