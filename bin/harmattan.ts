#!/usr/bin/env node
import { main } from '../src/cli/main.ts';

// Started by bin/harmattan.js under an older Node, the channel to it closes when it is killed: then this ends too.
if (process.channel) {
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
// npm starts a program in a shell that does not pass on the signal it is ended with: when that shell is gone, this ends
// as if it had been asked itself.
if (['start', 'demo', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) {
  const startedBy = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === startedBy) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}
process.exitCode = await main(process.argv.slice(2));
