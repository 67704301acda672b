import { describe, expect, it } from 'vitest'
import { fullStorage } from './full-storage.ts'

describe('what has to outlive the page', () => {
  it('scenario 54: a sign-out while the storage is full is written as soon as there is room', async () => {
    expect(await fullStorage(1)).toBeUndefined()
  })
})
