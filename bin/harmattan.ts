#!/usr/bin/env node
import { main } from '../src/cli/main.ts';

// Started by bin/harmattan.js under an older Node, the channel to it closes when it is killed: then this ends too.
if (process.channel) {
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
process.exitCode = await main(process.argv.slice(2));
