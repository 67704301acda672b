import { startFirefox } from './firefox.ts'
import { hiddenTabs } from './hidden-tabs.ts'
import { suite } from './suite.ts'
import { createTest } from './world.ts'

const test = createTest({ name: 'Firefox', start: startFirefox })

suite(test, 'Firefox')
hiddenTabs(test, 'Firefox')
