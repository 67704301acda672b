import { createKy, createKyHooks } from '@token-manager/sdk/ky'

Reflect.set(globalThis, 'entry', [createKy, createKyHooks])
