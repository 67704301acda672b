import { expect, it } from 'vitest'
import { createPageLock } from '../../src/platform/page-lock.ts'
import { describeCount, describeLock } from '../support/lock-contract.ts'

describeLock('a lock within the page', createPageLock)
describeCount(createPageLock)

it('a signal that was aborted before does not stand in line', async () => {
  const lock = createPageLock()
  await expect(lock.request('a', { signal: AbortSignal.abort('gone') }, async () => 'in')).rejects.toBe('gone')
  expect(await lock.request('a', {}, async () => 'in')).toBe('in')
})
