import { startFirefox } from './firefox.ts'
import { hiddenTabs } from './hidden-tabs.ts'
import { manyTabs } from './many-tabs.ts'
import { pageLife } from './page-life.ts'
import { stores } from './stores.ts'
import { createTest } from './world.ts'

const test = createTest({ name: 'Firefox', start: startFirefox })

manyTabs(test, 'Firefox')
pageLife(test, 'Firefox')
hiddenTabs(test, 'Firefox')
stores(test, 'Firefox')
