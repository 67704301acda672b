import { expectTypeOf, test } from 'vitest'
import type {
  CookieTransportOptions,
  JsonTransportOptions,
  PolicyOptions,
  SessionEvent,
  SessionPolicy,
  SessionStore,
  WebStoreOptions,
} from '../src/index.ts'
import { checkPolicy, icuPolicy, type PolicyViolation, type TokenLifetimes } from '../src/policies/policies.ts'
import { type EncryptedStoreOptions, encryptedStore } from '../src/stores/encrypted-store.ts'

test('stores', () => {
  expectTypeOf(encryptedStore).toEqualTypeOf<(options?: EncryptedStoreOptions) => SessionStore>()
  expectTypeOf<{ name: string }>().toExtend<EncryptedStoreOptions>()
  expectTypeOf<{ key: string }>().toExtend<WebStoreOptions>()
  // A store that knows nothing of namespaces is one.
  expectTypeOf<{
    load(): Promise<unknown>
    save(record: object): Promise<void>
    clear(): Promise<void>
  }>().toExtend<SessionStore>()
})

test('policies', () => {
  expectTypeOf(icuPolicy).toEqualTypeOf<SessionPolicy>()
  expectTypeOf(checkPolicy).toEqualTypeOf<(policy: PolicyOptions, lifetimes?: TokenLifetimes) => PolicyViolation[]>()
  expectTypeOf<Extract<SessionEvent, { type: 'policy-violation' }>>().toExtend<PolicyViolation>()
})

test('transports', () => {
  expectTypeOf<{ url: string }>().toExtend<JsonTransportOptions>()
  expectTypeOf<{ url: string; csrf: false }>().toExtend<CookieTransportOptions>()
})
