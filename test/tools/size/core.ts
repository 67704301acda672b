import { createTokenManager, jsonTransport, memoryStore } from '@token-manager/sdk'

// What a bundler may not drop: an application uses what it imports.
Reflect.set(
  globalThis,
  'tokens',
  createTokenManager({ transport: jsonTransport({ url: '/refresh' }), store: memoryStore() }),
)
