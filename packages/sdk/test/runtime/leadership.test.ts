import { expect, it } from 'vitest'
import { noTabs } from '../../src/platform/broadcast-tabs.ts'
import { createPageLock } from '../../src/platform/page-lock.ts'
import type { Tabs } from '../../src/ports.ts'
import { createLeadership } from '../../src/runtime/leadership.ts'
import type { SessionEventDetail } from '../../src/types.ts'

/** Who is told that the leader has changed. */
const heard = (onChange: (isLeader: boolean) => void) => ({
  events: { emit: (event: SessionEventDetail) => event.type === 'leader-changed' && onChange(event.isLeader) },
  timer: { update() {} },
})

/** An election that a test decides. */
function createElection() {
  const candidates: Array<{ win(): void; fail(): void; dead: boolean; resigned: boolean }> = []
  const changes: boolean[] = []
  const elect: Tabs['elect'] = (onElected, onFailed) => {
    const candidate = { win: onElected, fail: onFailed, dead: false, resigned: false }
    candidates.push(candidate)
    return {
      isDead: () => candidate.dead,
      resign() {
        candidate.resigned = true
      },
    }
  }
  const ports = { lock: createPageLock(), tabs: { ...noTabs, elect } }
  const leadership = createLeadership(
    ports,
    { namespace: 'ns' },
    heard((isLeader) => changes.push(isLeader)),
  )
  return { leadership, candidates, changes }
}

it('a leader whose election died, as at a cancelled beforeunload, is none; it stands anew', () => {
  const { leadership, candidates, changes } = createElection()
  leadership.join()
  candidates[0]?.win()
  leadership.rejoinElection()
  expect([leadership.isLeader, candidates.length]).toEqual([true, 1])
  Object.assign(candidates[0] ?? {}, { dead: true })
  leadership.rejoinElection()
  expect([leadership.isLeader, candidates.length, candidates[0]?.resigned]).toEqual([false, 2, true])
  candidates[1]?.win()
  expect(changes).toEqual([true, false, true])
})

it('who has left stands for nothing', () => {
  const { leadership, candidates } = createElection()
  leadership.rejoinElection()
  leadership.join()
  leadership.leave()
  leadership.rejoinElection()
  expect(candidates).toHaveLength(1)
})

it('the leader acts first, or everybody where none can be elected', () => {
  const { leadership, candidates, changes } = createElection()
  leadership.join()
  expect(leadership.isFirst).toBe(false)
  candidates[0]?.win()
  expect(leadership.isFirst).toBe(true)
  leadership.leave()
  leadership.join()
  expect(leadership.isFirst).toBe(false)
  candidates[1]?.fail()
  expect([leadership.isFirst, leadership.isLeader, changes]).toEqual([true, false, [true, false]])
})

it('the lock is handed on', async () => {
  const lock = createPageLock()
  const changes: string[] = []
  const [first, second] = ['first', 'second'].map((name) =>
    createLeadership(
      { lock, tabs: noTabs },
      { namespace: 'ns' },
      heard((is) => changes.push(`${name} ${is}`)),
    ),
  )
  first?.join()
  second?.join()
  await Promise.resolve()
  first?.leave()
  await new Promise((resolve) => setImmediate(resolve))
  expect(changes).toEqual(['first true', 'first false', 'second true'])
})
