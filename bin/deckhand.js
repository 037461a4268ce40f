#!/usr/bin/env node
import { handOver } from './bootstrap/hand-over.js';

// A replay runs the worker's harness; everything else is a client of the API.
const script = process.argv[2] === 'replay' ? 'worker/replay/main.ts' : 'bots/cli/main.ts';
handOver(script, { quiet: true });
