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
    const stop = createEnvironment().onActivity(() => acts++)
    for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchstart'])
      window.dispatchEvent(event(type))
    window.dispatchEvent(event('focus'))
    expect(acts).toBe(5)
    stop()
    window.dispatchEvent(event('keydown'))
    expect(acts).toBe(5)
  })

  it('scenario 29: hears activity that the app keeps to itself', () => {
    let acts = 0
    onTestFinished(createEnvironment().onActivity(() => acts++))
    const field = document.body.appendChild(document.createElement('input'))
    field.addEventListener('keydown', (key) => key.stopPropagation())
    field.dispatchEvent(new Event('keydown', { bubbles: true }))
    field.remove()
    expect(acts).toBe(1)
  })

  it('scenario 12: goes where it is sent', () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {})
    onTestFinished(() => assign.mockRestore())
    createEnvironment().navigate('https://clinic.example/login')
    expect(assign).toHaveBeenCalledExactlyOnceWith('https://clinic.example/login')
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
