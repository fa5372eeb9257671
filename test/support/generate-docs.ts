// `npm run docs`: writes everything that is generated, the pages and the types of a packet. Tests compare the committed
// files with a fresh generation.

import { writeFileSync } from 'node:fs';
import { configPage } from './config-page.js';
import { fieldsPage } from './fields-page.js';
import { layoutPage } from './layout-page.js';
import { generatedPacketTypes, PACKET_TYPES_FILE } from './packet-types.js';

// From the compiled file, <out>/test/support/.
const docs = new URL('../../../docs/', import.meta.url);

writeFileSync(new URL('LAYOUT.md', docs), layoutPage());
writeFileSync(new URL('CONFIG.md', docs), configPage());
writeFileSync(new URL('FIELDS.md', docs), await fieldsPage());
writeFileSync(PACKET_TYPES_FILE, generatedPacketTypes());
