import { builtinEnvironments, type Environment } from 'vitest/runtime'

const happyDom = builtinEnvironments['happy-dom']

/**
 * happy-dom, but with the Web Locks of Node: happy-dom has none, and code that is tested without them takes the path of
 * an old browser.
 */
const environment: Environment = {
  name: 'happy-dom-locks',
  viteEnvironment: 'client',
  async setup(global, options) {
    const { locks } = globalThis.navigator
    const { teardown } = await happyDom.setup(global, options)
    Object.defineProperty(global.navigator, 'locks', { configurable: true, value: locks })
    return { teardown }
  },
}

export default environment
