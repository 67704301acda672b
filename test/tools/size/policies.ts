import {
  checkPolicy,
  generalWardPolicy,
  icuPolicy,
  longLivedPolicy,
  outpatientPolicy,
  researchPolicy,
  webAppPolicy,
} from '@token-manager/sdk/policies'

const presets = [icuPolicy, generalWardPolicy, outpatientPolicy, researchPolicy, webAppPolicy, longLivedPolicy]
Reflect.set(globalThis, 'entry', [checkPolicy, ...presets])
