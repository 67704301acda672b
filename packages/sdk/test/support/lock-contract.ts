import { describe, expect, it } from 'vitest'
import type { Lock } from '../../src/ports.ts'
import { watch } from './ports.ts'

/** A place to be in until a test says otherwise. */
function stay() {
  let leave = () => {}
  const place = new Promise<void>((resolve) => {
    leave = resolve
  })
  return { run: () => place, leave: () => leave() }
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

/** What every lock must hold to. */
export function describeLock(name: string, create: () => Lock): void {
  describe(name, () => {
    it('lets one in at a time, in order, and gives back what it did', async () => {
      const lock = create()
      const order: string[] = []
      const first = stay()
      const enter = (who: string, run: () => Promise<unknown> = async () => {}) =>
        lock.request('a', {}, async () => {
          order.push(`${who} in`)
          await run()
          order.push(`${who} out`)
          return who
        })
      const all = [enter('one', first.run), enter('two'), enter('three')]
      await turn()
      expect(order).toEqual(['one in'])
      first.leave()
      expect(await Promise.all(all)).toEqual(['one', 'two', 'three'])
      expect(order).toEqual(['one in', 'one out', 'two in', 'two out', 'three in', 'three out'])
    })

    it('keeps names apart', async () => {
      const lock = create()
      const first = stay()
      const held = lock.request('a', {}, first.run)
      expect(await lock.request('b', {}, async () => 'in')).toBe('in')
      first.leave()
      await held
    })

    it('is free again after an error, which the caller gets', async () => {
      const lock = create()
      await expect(lock.request('a', {}, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
      expect(await lock.request('a', {}, async () => 'in')).toBe('in')
    })

    it('who leaves the line gets the reason of its signal, and the next moves up', async () => {
      const lock = create()
      const first = stay()
      const controller = new AbortController()
      const held = lock.request('a', {}, first.run)
      const second = watch(lock.request('a', { signal: controller.signal }, async () => 'second'))
      const third = lock.request('a', {}, async () => 'third')
      await turn()
      controller.abort('went on')
      await turn()
      expect(second).toEqual({ settled: true, error: 'went on' })
      first.leave()
      expect(await third).toBe('third')
      await held
    })

    it('scenario 2: a signal takes away no lock that is held', async () => {
      const lock = create()
      const controller = new AbortController()
      const first = stay()
      const held = lock.request('a', { signal: controller.signal }, first.run)
      await turn()
      controller.abort()
      const second = watch(lock.request('a', {}, async () => {}))
      await turn()
      expect(second.settled).toBe(false)
      first.leave()
      await held
      await turn()
      expect(second.settled).toBe(true)
    })

    it('who shares is in together, and waits for who does not', async () => {
      const lock = create()
      const [one, two, alone] = [stay(), stay(), stay()]
      const sharing = [one, two].map(({ run }) => lock.request('a', { mode: 'shared' }, run))
      await turn()
      let isAlone = false
      const last = lock.request('a', {}, async () => {
        isAlone = true
        await alone.run()
      })
      const late = watch(lock.request('a', { mode: 'shared' }, async () => {}))
      one.leave()
      await turn()
      expect([isAlone, late.settled]).toEqual([false, false])
      two.leave()
      await turn()
      expect([isAlone, late.settled]).toEqual([true, false])
      alone.leave()
      await Promise.all([...sharing, last])
      await turn()
      expect(late.settled).toBe(true)
    })
  })
}

/** What a lock must hold to that can tell who is in. */
export function describeCount(create: () => Lock): void {
  it('says how many are in', async () => {
    const lock = create()
    expect(await lock.count('a')).toBe(0)
    const places = [stay(), stay()]
    const held = places.map(({ run }) => lock.request('a', { mode: 'shared' }, run))
    const other = stay()
    held.push(lock.request('b', {}, other.run))
    await turn()
    expect([await lock.count('a'), await lock.count('b')]).toEqual([2, 1])
    for (const { leave } of [...places, other]) leave()
    await Promise.all(held)
  })
}
