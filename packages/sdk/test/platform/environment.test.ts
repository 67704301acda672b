import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEnvironment } from '../../src/platform/environment.ts'
import type { PageSignal } from '../../src/ports.ts'

let heard: PageSignal[]
beforeEach(() => {
  heard = []
})

const event = (type: string) => new Event(type)

describe('the page', () => {
  it('tells what happens to it, until it is stopped', () => {
    const stop = createEnvironment().subscribe((signal) => heard.push(signal))
    const fire = () => {
      for (const type of ['focus', 'online', 'offline', 'pagehide', 'pageshow']) window.dispatchEvent(event(type))
      for (const type of ['freeze', 'resume', 'visibilitychange']) document.dispatchEvent(event(type))
    }
    fire()
    expect(heard).toEqual(['focus', 'online', 'offline', 'pagehide', 'pageshow', 'freeze', 'resume', 'visible'])
    stop()
    fire()
    expect(heard).toHaveLength(8)
  })

  it('tells when it is hidden', () => {
    const state = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    onTestFinished(() => state.mockRestore())
    const environment = createEnvironment()
    onTestFinished(environment.subscribe((signal) => heard.push(signal)))
    document.dispatchEvent(event('visibilitychange'))
    expect(heard).toEqual(['hidden'])
    expect(environment.visible()).toBe(false)
  })

  it('scenario 29: tells of the hand of its user, until it is stopped, and of nothing else', () => {
    let acts = 0
    const stop = createEnvironment().onActivity(() => acts++, { media: false })
    for (const type of ['pointerdown', 'pointermove', 'wheel', 'keydown', 'scroll', 'touchstart'])
      window.dispatchEvent(event(type))
    window.dispatchEvent(event('focus'))
    expect(acts).toBe(6)
    stop()
    window.dispatchEvent(event('keydown'))
    expect(acts).toBe(6)
  })

  it('scenario 29: hears activity that the app keeps to itself', () => {
    let acts = 0
    onTestFinished(createEnvironment().onActivity(() => acts++, { media: false }))
    const field = document.body.appendChild(document.createElement('input'))
    field.addEventListener('keydown', (key) => key.stopPropagation())
    field.dispatchEvent(new Event('keydown', { bubbles: true }))
    field.remove()
    expect(acts).toBe(1)
  })

  describe('scenario 29: a video', () => {
    const INNER = { top: 10, left: 10, bottom: 90, right: 90 }

    /** How often it counts as activity when it says that it plays on. */
    function play(
      how: { paused?: boolean; loop?: boolean; box?: Partial<typeof INNER>; media?: boolean } = {},
    ): number {
      let acts = 0
      onTestFinished(createEnvironment().onActivity(() => acts++, { media: how.media ?? true }))
      const video = document.body.appendChild(document.createElement('video'))
      onTestFinished(() => video.remove())
      vi.spyOn(video, 'paused', 'get').mockReturnValue(how.paused ?? false)
      video.loop = how.loop ?? false
      video.getBoundingClientRect = () => ({ ...new DOMRect(), ...INNER, ...how.box })
      video.dispatchEvent(event('timeupdate'))
      return acts
    }

    it.each([
      ['that plays in view', 1, {}],
      ['where it is not asked for', 0, { media: false }],
      ['that is paused', 0, { paused: true }],
      ['that is decoration', 0, { loop: true }],
      ['above the window', 0, { box: { top: -80, bottom: 0 } }],
      ['below the window', 0, { box: { top: 10_000, bottom: 10_080 } }],
      ['left of the window', 0, { box: { left: -80, right: 0 } }],
      ['right of the window', 0, { box: { left: 10_000, right: 10_080 } }],
      ['without a size', 0, { box: { top: 10, left: 10, bottom: 10, right: 10 } }],
    ])('%s counts %i times', (_name, times, how) => {
      expect(play(how)).toBe(times)
    })

    it('in a page that nobody sees does not count', () => {
      const state = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
      onTestFinished(() => state.mockRestore())
      expect(play()).toBe(0)
    })

    it('is meant: sound alone does not count', () => {
      let acts = 0
      onTestFinished(createEnvironment().onActivity(() => acts++, { media: true }))
      const audio = document.body.appendChild(document.createElement('audio'))
      onTestFinished(() => audio.remove())
      vi.spyOn(audio, 'paused', 'get').mockReturnValue(false)
      audio.dispatchEvent(event('timeupdate'))
      expect(acts).toBe(0)
    })
  })

  it('scenario 12: goes where it is sent', () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {})
    onTestFinished(() => assign.mockRestore())
    createEnvironment().navigate('https://clinic.example/login')
    expect(assign).toHaveBeenCalledExactlyOnceWith('https://clinic.example/login')
  })

  it('scenario 51: keeps a note from page to page, and does without where storage is refused', () => {
    expect(createEnvironment().recall()).toBeUndefined()
    createEnvironment().remember('a note')
    expect(createEnvironment().recall()).toBe('a note')
    const storage = vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('Access is denied.', 'SecurityError')
    })
    onTestFinished(() => storage.mockRestore())
    createEnvironment().remember('another')
    expect(createEnvironment().recall()).toBeUndefined()
  })

  it.each(['http://localhost:3000', 'null'])('has the origin of its frame, %s, whatever its address', (origin) => {
    const address = vi.spyOn(globalThis, 'location', 'get').mockReturnValue({ origin: 'http://elsewhere' } as Location)
    onTestFinished(() => address.mockRestore())
    vi.stubGlobal('origin', origin)
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(createEnvironment().origin).toBe(origin)
  })

  it('is where it is, and online unless the browser says otherwise', () => {
    const environment = createEnvironment()
    expect([environment.origin, environment.href()]).toEqual(['http://localhost:3000', 'http://localhost:3000/'])
    const online = vi.spyOn(navigator, 'onLine', 'get')
    onTestFinished(() => online.mockRestore())
    const says = (value: boolean | undefined) => {
      online.mockReturnValue(value as boolean)
      return environment.online()
    }
    expect([says(true), says(false), says(undefined)]).toEqual([true, false, true])
  })
})
