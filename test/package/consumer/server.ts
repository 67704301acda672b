import { getActiveResourcesInfo } from 'node:process'

const globals = () => Reflect.ownKeys(globalThis).map(String)
const globalsBefore = globals()
const resourcesBefore = getActiveResourcesInfo().length

const { createTokenManager, jsonTransport } = await import('@token-manager/sdk')
const { encryptedStore } = await import('@token-manager/sdk/encrypted-store')
await import('@token-manager/sdk/policies')
const tokens = createTokenManager({
  transport: jsonTransport({ url: 'http://127.0.0.1:9/refresh' }),
  store: encryptedStore(),
})
const { status } = await tokens.start()

const report = {
  status,
  newGlobals: globals().filter((name) => !globalsBefore.includes(name)),
  newResources: getActiveResourcesInfo().length - resourcesBefore,
}
console.log(JSON.stringify(report))

// ky tries out what its fetch can do when it is loaded, so it is no part of the comparison.
await import('@token-manager/sdk/ky')
