import { gates, run } from './gates.ts'
import { lastLine, type Tally, total, withoutSkips } from './tally.ts'

const tallies: Tally[] = []
const failed: string[] = []
const strict = /^(1|true)$/i.test(process.env.CI ?? '')
for (const gate of gates) {
  if (gate.ciOnly && !strict) {
    console.log(`\n== ${gate.name}: with CI=true only; by itself: pnpm test:browser`)
    continue
  }
  console.log(`\n== ${gate.name}`)
  const startedAt = performance.now()
  const tally = await run(gate)
  tallies.push(tally)
  if (tally.failed > 0) failed.push(gate.name)
  console.log(`== ${gate.name}: ${lastLine(tally)} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
}

const sum = total(tallies)
console.log('')
for (const { name, why } of sum.skipped) console.log(`${strict ? 'Missing' : 'Skipped'}: ${name}: ${why}`)
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
const result = strict ? withoutSkips(sum) : sum
console.log(lastLine(result))
process.exitCode = result.failed > 0 ? 1 : 0
