import { beforeEach, describe, expect, it } from 'vitest'
import { createLocalLedger } from '../../src/platform/local-ledger.ts'
import { aLedger, NOON } from '../support/sessions.ts'

const record = { ...aLedger(), v: 1, writtenAt: NOON } as const
const details: string[] = []
const create = (area: () => Storage = () => localStorage) =>
  createLocalLedger('key', area, (detail) => details.push(detail))

beforeEach(() => {
  details.length = 0
})

describe('the ledger in web storage', () => {
  it('is there for the next page', () => {
    create().write(record)
    expect(create().read()).toEqual(record)
    expect([localStorage.length, localStorage.key(0)]).toEqual([1, 'key'])
    expect(details).toEqual([])
  })

  it('is nothing where nothing, or nothing that can be read, is there', () => {
    expect(create().read()).toBeUndefined()
    localStorage.setItem('key', '{"v":')
    expect(create().read()).toBeUndefined()
  })

  it('scenario 36: is missing once somebody has cleared the storage, so that it is written again', () => {
    const ledger = create()
    ledger.write(record)
    localStorage.clear()
    expect(ledger.read()).toBeUndefined()
  })

  it('is in memory where the browser gives null for a blocked storage, and says so once', () => {
    const ledger = create(() => null as unknown as Storage)
    ledger.write(record)
    expect(ledger.read()).toEqual(record)
    expect(details).toHaveLength(1)
  })

  it('hears of what other pages write, and of nothing else', () => {
    let heard = 0
    const stop = create().subscribe(() => heard++)
    const tell = (key: string | null) => window.dispatchEvent(new StorageEvent('storage', { key }))
    tell('key')
    expect(heard).toBe(1)
    tell(null)
    expect(heard).toBe(2)
    tell('other')
    expect(heard).toBe(2)
    stop()
    tell('key')
    expect(heard).toBe(2)
  })
})

describe('what another page wrote', () => {
  it.each([
    [JSON.stringify(record), record],
    ['{"v":', undefined],
    [null, undefined],
  ])('is told as it was written: %j', (newValue, written) => {
    const told: unknown[] = []
    const stop = create().subscribe((value) => told.push(value))
    window.dispatchEvent(new StorageEvent('storage', { key: 'key', newValue }))
    stop()
    expect(told).toEqual([written])
  })
})

describe('scenario 20: storage that is refused', () => {
  it('is told of once, and the ledger lives in memory', () => {
    const ledger = create(() => {
      throw new DOMException('no', 'SecurityError')
    })
    expect(ledger.read()).toBeUndefined()
    ledger.write(record)
    expect(ledger.read()).toEqual(record)
    expect(details).toHaveLength(1)
  })

  it('is not asked for again once it is blocked', () => {
    let asked = 0
    const ledger = create(() => {
      asked++
      throw new DOMException('no', 'SecurityError')
    })
    for (let n = 0; n < 5; n++) expect([ledger.write(record), ledger.read()]).toEqual([true, record])
    expect(asked).toBe(1)
  })

  it.each(['SecurityError', 'UnknownError'])('cannot be read (%s): the ledger of this page goes on', (name) => {
    const getItem = () => {
      throw new DOMException('no', name)
    }
    const ledger = create(() => ({ ...localStorage, getItem, setItem() {} }))
    ledger.write(record)
    expect(ledger.read()).toEqual(record)
    expect(details).toHaveLength(1)
  })
})

describe('scenario 54: storage that is full for a moment', () => {
  it('is written to as soon as there is room, and each outage is told of once', () => {
    let isFull = false
    const kept = new Map<string, string>()
    const ledger = create(() => ({
      ...localStorage,
      getItem: (key) => kept.get(key) ?? null,
      setItem(key, value) {
        if (isFull) throw new DOMException('full', 'QuotaExceededError')
        kept.set(key, value)
      },
    }))
    for (const outage of [1, 2]) {
      isFull = true
      const epoch = 10 * outage
      expect([ledger.write({ ...record, epoch }), ledger.write({ ...record, epoch })]).toEqual([false, false])
      expect(details).toHaveLength(outage)
      isFull = false
      expect(ledger.write({ ...record, epoch })).toBe(true)
      expect(JSON.parse(kept.get('key') ?? '')).toMatchObject({ epoch })
    }
  })
})
