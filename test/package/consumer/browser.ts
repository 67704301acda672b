import {
  createTokenManager,
  isTokenManagerError,
  jsonTransport,
  memoryStore,
  type SessionSnapshot,
  type TokenManager,
} from '@token-manager/sdk'
import { encryptedStore } from '@token-manager/sdk/encrypted-store'
import { createKy } from '@token-manager/sdk/ky'
import { checkPolicy, generalWardPolicy } from '@token-manager/sdk/policies'

const tokens: TokenManager = createTokenManager({ transport: jsonTransport({ url: '/refresh' }), store: memoryStore() })
const ky = createKy(tokens, { prefix: '/api' })

export async function patients(): Promise<unknown> {
  try {
    return await ky.get('patients').json()
  } catch (error) {
    if (isTokenManagerError(error) && error.code === 'signed_out') return []
    throw error
  }
}

export const lab: TokenManager = createTokenManager({
  name: 'lab',
  transport: jsonTransport({ url: '/lab/refresh' }),
  store: encryptedStore({ name: 'lab' }),
  policy: generalWardPolicy,
})

export const isLongLived: boolean = checkPolicy(generalWardPolicy, { accessLifetimeMs: 86_400_000 }).length > 0

export const status = (): SessionSnapshot['status'] => tokens.getSnapshot().status
