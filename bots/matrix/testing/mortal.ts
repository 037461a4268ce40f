import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { startRole } from './role.ts';

/** A process that a test kills: `node mortal.ts '{"databaseUrl": …, "home": …, "settings": …}'`. Says so when it reads. */
const { databaseUrl, home, settings } = JSON.parse(process.argv[2] ?? '{}');
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'mortal' });
const role = await startRole(core, settings, openLog('mortal', 'error'));
const look = setInterval(() => {
  if (role.sync.state().state !== 'connected') return;
  clearInterval(look);
  process.stdout.write('reads\n');
}, 20);
process.on('disconnect', () => process.exit(1));
