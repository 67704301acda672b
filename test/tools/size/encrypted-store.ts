import { encryptedStore } from '@token-manager/sdk/encrypted-store'

Reflect.set(globalThis, 'entry', encryptedStore)
