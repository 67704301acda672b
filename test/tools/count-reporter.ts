import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Tally } from './tally.ts'

/**
 * Writes the tally of a Vitest run to a file. Vitest's own JSON report has no reasons for skips, and does not count a
 * file that cannot be loaded.
 */
export function countReporter(file: string): Reporter {
  return {
    onTestRunEnd(modules, errors) {
      writeFileSync(file, JSON.stringify(count(modules, errors.length)))
    },
  }
}

function count(modules: readonly TestModule[], unhandled: number): Tally {
  const tally: Tally = { passed: 0, failed: unhandled, skipped: [], retried: [] }
  for (const module of modules) {
    const failedBefore = tally.failed
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') {
        tally.passed += 1
        if (test.diagnostic()?.retryCount) {
          tally.retried.push({ name: test.fullName, error: result.errors?.[0]?.message ?? 'no error is known' })
        }
      } else if (result.state === 'skipped') {
        const why = result.note ?? (module.ok() ? 'no reason is given' : 'something before it failed')
        tally.skipped.push({ name: test.fullName, why })
      } else tally.failed += 1
    }
    // A file that cannot be loaded has no tests, one whose hook fails may have none that failed.
    if (!module.ok() && tally.failed === failedBefore) tally.failed += 1
  }
  return tally
}
