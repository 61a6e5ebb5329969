/** Writes docs/metrics.md: `npm run docs:metrics`. */
import { writeFileSync } from 'node:fs';
import { formatMetricsDocument } from './metrics-document.ts';

writeFileSync(new URL('../../docs/metrics.md', import.meta.url), formatMetricsDocument());
